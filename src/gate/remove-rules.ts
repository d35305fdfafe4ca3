import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { SesameError } from '../base/errors.ts';
import { has, ownCapabilities } from './capabilities.ts';
import { FIREWALL_KINDS, type FirewallKind } from './driver.ts';
import { makeFirewall } from './helper/make-firewall.ts';
import { TOOL_PATH } from './helper/run-tool.ts';

const TOOLS: Readonly<Record<FirewallKind, readonly string[]>> = {
  nftables: ['nft'],
  iptables: ['iptables-save', 'ip6tables-save', 'ipset'],
};

/**
 * Takes away what a killed server left, of both drivers: `sesamed gate remove` (docs/GATE.md 4).
 * @returns what was there, a line each; none for nothing
 * @throws `gate-failed` without CAP_NET_ADMIN, and where something cannot be removed
 */
export async function removeRules(): Promise<string[]> {
  if (!has(ownCapabilities().effective, 'net_admin')) {
    throw new SesameError('gate-failed', 'taking rules away needs CAP_NET_ADMIN: run this as root');
  }
  const found: string[] = [];
  for (const kind of FIREWALL_KINDS.filter((each) => TOOLS[each].every(isInstalled))) {
    const what = await makeFirewall(kind, { ports: [], knockPort: 0, allow: [] }, undefined).remove();
    if (what !== undefined) found.push(what);
  }
  return found;
}

function isInstalled(tool: string): boolean {
  return TOOL_PATH.split(':').some((folder) => {
    try {
      accessSync(join(folder, tool), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
