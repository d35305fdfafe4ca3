import type { FirewallKind } from '../driver.ts';
import type { Firewall, FirewallPlan } from './firewall.ts';
import { IptablesFirewall } from './iptables-firewall.ts';
import { NftFirewall } from './nft-firewall.ts';
import { runTool, type RunTool } from './run-tool.ts';

/** @param lock a descriptor of the file that iptables programs lock, for a helper that cannot open it */
export function makeFirewall(kind: FirewallKind, plan: FirewallPlan, lock: number | undefined): Firewall {
  if (kind === 'nftables') return new NftFirewall(plan, runTool);
  return new IptablesFirewall(plan, runTool, lock === undefined ? runTool : underLock(lock));
}

/**
 * Legacy iptables reads a whole table, changes it and writes it back: without the lock, rules of others get lost.
 * The lock belongs to the open file, whoever asked for it; the tool itself locks a file that means nothing.
 */
function underLock(lock: number): RunTool {
  let last: Promise<unknown> = Promise.resolve();
  const flock = (...args: readonly string[]): Promise<string> =>
    runTool('flock', [...args, '3'], { descriptor: lock });
  const locked: RunTool = async (name, args, options) => {
    await flock('-x', '-w', '5');
    try {
      return await runTool(name, args, { ...options, env: { XTABLES_LOCKFILE: '/dev/null' } });
    } finally {
      await flock('-u');
    }
  };
  // One after the other: the lock does not keep this program from itself.
  return (...call) => {
    const turn = last.then(() => locked(...call));
    last = turn.catch(() => undefined);
    return turn;
  };
}
