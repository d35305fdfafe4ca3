import { spawn } from 'node:child_process';
import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { errnoOf, messageOf, SesameError } from '../../base/errors.ts';

/** Where tools are looked for, whatever the environment says. */
export const TOOL_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** No tool takes longer than a moment; ms. */
const TOOL_TIMEOUT = 8000;
const MAX_OUTPUT = 16 * 1024 * 1024;

export interface ToolOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A descriptor that the tool gets as its number 3. */
  readonly descriptor?: number;
}

/** Runs a program, without a shell. @returns what it says. @throws `gate-failed`, with what it said about it */
export type RunTool = (name: string, args: readonly string[], options?: ToolOptions) => Promise<string>;

export const runTool: RunTool = async (name, args, options = {}) => {
  const input = options.input === undefined ? undefined : openInput(options.input);
  try {
    return await run(name, args, input ?? 'ignore', options);
  } finally {
    if (input !== undefined) closeSync(input);
  }
};

/**
 * A file without a name, at its beginning: nft opens its standard input by its path in /proc, which it cannot do with
 * the sockets that node makes.
 */
function openInput(text: string): number {
  let failure: unknown;
  for (const folder of ['/dev/shm', '/tmp', '/run']) {
    const path = `${folder}/sesame-gate-${randomUUID()}`;
    try {
      const descriptor = openSync(path, 'wx+', 0o600);
      unlinkSync(path);
      writeSync(descriptor, text, 0); // written there, the position stays at 0
      return descriptor;
    } catch (error) {
      failure = error;
    }
  }
  throw new SesameError('gate-failed', `the helper can write nowhere: ${messageOf(failure)}`, {
    cause: failure,
  });
}

function run(
  name: string,
  args: readonly string[],
  stdin: number | 'ignore',
  options: ToolOptions,
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = spawn(name, args, {
    // Ctrl-C at the server's terminal must not cut a transaction short.
    detached: true,
    env: { PATH: TOOL_PATH, LC_ALL: 'C', ...options.env },
    stdio: [stdin, 'pipe', 'pipe', ...(options.descriptor === undefined ? [] : [options.descriptor])],
    timeout: TOOL_TIMEOUT,
    killSignal: 'SIGKILL',
  });
  let output = '';
  let complaint = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    if (output.length < MAX_OUTPUT) output += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    if (complaint.length < MAX_OUTPUT) complaint += text;
  });
  child.on('error', (error) => {
    reject(toolError(name, errnoOf(error) === 'ENOENT' ? 'is not installed' : messageOf(error), error));
  });
  child.on('close', (code, signal) => {
    if (code === 0) resolve(output);
    else if (signal !== null) reject(toolError(name, `did not end within ${TOOL_TIMEOUT / 1000} s`));
    else reject(toolError(name, firstLine(complaint) ?? `ended with ${code ?? 'nothing'}`));
  });
  return promise;
}

/** The package of each tool that Debian does not always have. */
const PACKAGES: Readonly<Record<string, string>> = {
  nft: 'nftables',
  ipset: 'ipset',
  iptables: 'iptables',
  'iptables-save': 'iptables',
  'iptables-restore': 'iptables',
  'ip6tables-save': 'iptables',
  'ip6tables-restore': 'iptables',
};

function toolError(name: string, why: string, cause?: unknown): SesameError {
  const remedy =
    why === 'is not installed' && name in PACKAGES
      ? `: apt-get install ${PACKAGES[name] ?? name}`
      : /permission|not permitted|must be root/i.test(why)
        ? ' (it needs CAP_NET_ADMIN)'
        : '';
  return new SesameError('gate-failed', `${name}: ${why}${remedy}`, { cause });
}

function firstLine(text: string): string | undefined {
  return text
    .split('\n')
    .map((line) => line.trim())
    .find((line) => line !== '' && !line.startsWith('#'));
}
