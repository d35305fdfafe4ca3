import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { closeSync, constants, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { errnoOf, messageOf, SesameError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { has, NEEDED, ownCapabilities } from './capabilities.ts';
import type { FirewallKind } from './driver.ts';
import { helperArguments, type HelperOptions } from './helper/helper-options.ts';
import { TOOL_PATH } from './helper/run-tool.ts';

/** A helper that runs, whoever started it. */
export interface HelperConnection {
  readonly stream: Duplex;
  /** Resolves when it is gone, with its last words. */
  readonly ended: Promise<string>;
  kill(): void;
}

/** Who runs a helper: it holds nothing of theirs but the right to read the program. */
const NOBODY = { uid: 65_534, gid: 65_534 };

/** What every iptables program locks while it changes rules. */
const XTABLES_LOCK = '/run/xtables.lock';

const HELPER = new URL(import.meta.url.endsWith('.ts') ? './helper.ts' : './helper.js', import.meta.url);

/**
 * Starts the helper of this server, with the least that it needs (docs/GATE.md 3).
 * @throws `gate-failed`, with the command to run where this process has no right to
 */
export function startHelper(options: HelperOptions, log: Logger): HelperConnection {
  const child = spawnHelper(fileURLToPath(HELPER), options, []);
  const ended = Promise.withResolvers<string>();
  let words = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    words = text.trim().split('\n').at(-1) ?? words;
    log.warning('the gate’s helper', { says: text.trim() });
  });
  child.on('error', (error) => {
    const missing = errnoOf(error) === 'ENOENT';
    ended.resolve(missing ? 'setpriv is missing: apt-get install util-linux' : messageOf(error));
  });
  child.on('close', (code, signal) => {
    ended.resolve(words === '' ? `the gate’s helper ended (${signal ?? code ?? ''})` : words);
  });
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new SesameError('internal', 'a helper without a stream');
  const stream = Duplex.from({ readable: stdout, writable: stdin });
  return { stream, ended: ended.promise, kill: () => child.kill('SIGKILL') };
}

/**
 * @param script the program of the helper
 * @param descriptors beyond stderr, numbered from 3; their options are the caller's
 * @throws `gate-failed`
 */
export function spawnHelper(
  script: string,
  options: HelperOptions,
  descriptors: readonly { readonly flag: string; readonly descriptor: number }[],
): ChildProcess {
  const kind = options.driver;
  const isRoot = process.getuid?.() === 0;
  if (!has(ownCapabilities().effective, 'net_admin')) throw notAllowed(options);
  const lock =
    isRoot && kind === 'iptables' && isLegacy() ? openSync(XTABLES_LOCK, OPEN_LOCK, 0o600) : undefined;
  const passed = [...descriptors, ...(lock === undefined ? [] : [{ flag: '--lock-fd', descriptor: lock }])];
  try {
    const flags = passed.flatMap(({ flag }, i) => [flag, String(3 + i)]);
    const program = [
      process.execPath,
      '--max-old-space-size=64',
      script,
      ...helperArguments(options),
      ...flags,
    ];
    return spawn('setpriv', [...leastPrivileges(kind, isRoot, [script, process.execPath]), ...program], {
      cwd: '/',
      env: { PATH: TOOL_PATH },
      stdio: ['pipe', 'pipe', 'pipe', ...passed.map(({ descriptor }) => descriptor)],
    });
  } finally {
    if (lock !== undefined) closeSync(lock);
  }
}

const OPEN_LOCK = constants.O_CREAT | constants.O_RDWR;

/** Arguments of setpriv(1) for a helper that reads these files. */
export function leastPrivileges(kind: FirewallKind, isRoot: boolean, files: readonly string[]): string[] {
  const sets = ['-all', ...NEEDED[kind].map((name) => `+${name}`)].join(',');
  const held = ['--inh-caps', sets, '--ambient-caps', sets, '--no-new-privs'];
  if (!isRoot) return held;
  const { uid, gid } = readerOf(files);
  return ['--reuid', String(uid), '--regid', String(gid), '--clear-groups', '--bounding-set', sets, ...held];
}

/** Nobody, or where nobody may not enter a folder on the way to these files, its owner. */
export function readerOf(files: readonly string[]): { readonly uid: number; readonly gid: number } {
  for (const file of files) {
    for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
      const { mode, uid, gid } = statSync(folder);
      if ((mode & constants.S_IXOTH) === 0) return { uid, gid };
    }
  }
  return NOBODY;
}

/** Legacy iptables works for a process without root's files only if it is given the lock, and its modules are there. */
function isLegacy(): boolean {
  const call = (name: string, ...args: readonly string[]): string =>
    execFileSync(name, args, {
      env: { PATH: TOOL_PATH, LC_ALL: 'C' },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 8000,
    });
  try {
    if (call('iptables', '--version').includes('nf_tables')) return false;
    for (const tool of ['iptables', 'ip6tables']) call(tool, '-w', '5', '-n', '-L', 'INPUT');
  } catch {
    // The helper finds out for itself, and says so.
  }
  return true;
}

function notAllowed({ driver, ports, knockPort, onStop }: HelperOptions): SesameError {
  const command =
    `sesamed gate helper --driver ${driver} --ports ${ports.join(',')} --knock-port ${knockPort} ` +
    `--on-stop ${onStop} --socket /run/sesame/gate.sock --user ${process.env['USER'] ?? 'sesame'}`;
  return new SesameError(
    'gate-failed',
    `the rules of the gate need CAP_NET_ADMIN: run as root "${command}", and set gate.helper to that socket`,
  );
}
