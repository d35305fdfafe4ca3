// Two machines on one cable, as far as the kernel goes: network namespaces with a veth between them.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { accessSync, existsSync, readdirSync } from 'node:fs';
import { Program, type Ending, type ProgramOptions } from './program.ts';

/** What the tests of the gate lack here; undefined where they can run. */
export function whyNoNamespaces(...tools: readonly string[]): string | undefined {
  if (process.platform !== 'linux') return 'not Linux';
  if (process.getuid?.() !== 0) return 'not root';
  const missing = ['ip', 'setpriv', ...tools].filter((tool) => !isInstalled(tool));
  if (missing.length > 0) return `no ${missing.join(', ')}`;
  const name = nameFor('probe');
  try {
    ip('netns', 'add', name);
  } catch {
    return 'no network namespaces';
  }
  try {
    for (const tool of tools)
      execFileSync('ip', ['netns', 'exec', name, ...(PROBES[tool] ?? ['true'])], QUIET);
    return undefined;
  } catch (error) {
    return `the kernel does not do it: ${String(error)}`;
  } finally {
    ip('netns', 'del', name);
  }
}

const QUIET = { stdio: 'ignore' } as const;

/** What shows that the kernel has what a tool drives. */
const PROBES: Readonly<Record<string, readonly string[]>> = {
  nft: ['nft', 'add', 'table', 'inet', 'probe'],
  ipset: ['ipset', 'create', 'probe', 'hash:ip', 'timeout', '1'],
  iptables: ['iptables', '-A', 'INPUT', '-m', 'conntrack', '--ctstate', 'ESTABLISHED'],
};

/** One of the two. */
export class Namespace {
  readonly name: string;
  readonly ipv4: string;
  readonly ipv6: string;

  constructor(name: string, ipv4: string, ipv6: string) {
    this.name = name;
    this.ipv4 = ipv4;
    this.ipv6 = ipv6;
  }

  /** A command line that runs a command in here. */
  inside(...line: readonly string[]): [string, string[]] {
    return ['ip', ['netns', 'exec', this.name, ...line]];
  }

  start(command: string, args: readonly string[], options: ProgramOptions = {}): Program {
    return new Program(...this.inside(command, ...args), options);
  }

  async run(command: string, args: readonly string[], options: ProgramOptions = {}): Promise<Ending> {
    await using program = this.start(command, args, options);
    return await program.ended;
  }

  /** As `run`; what it says, and an error where it fails. */
  async output(command: string, ...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(command, args);
    if (code === 0) return stdout;
    throw new Error(`${command} ${args.join(' ')}: ${code ?? 'killed'}: ${stderr}`);
  }

  /** One more address of this machine, as `10.9.0.7/24`. */
  async addAddress(address: string): Promise<void> {
    await this.output(
      'ip',
      'addr',
      'add',
      address,
      'dev',
      'eth0',
      ...(address.includes(':') ? ['nodad'] : []),
    );
  }
}

/** A server's machine and a client's. Dispose of them after use: their processes must have ended. */
export class NamespacePair implements Disposable {
  readonly server = new Namespace(nameFor('server'), '10.9.0.1', 'fd09::1');
  readonly client = new Namespace(nameFor('client'), '10.9.0.2', 'fd09::2');

  constructor() {
    removeLeftovers();
    const both = [this.server, this.client];
    for (const { name } of both) ip('netns', 'add', name);
    ip('link', 'add', 'eth0', 'netns', this.server.name, ...CABLE, 'eth0', 'netns', this.client.name);
    for (const { name, ipv4, ipv6 } of both) {
      ip('-n', name, 'addr', 'add', `${ipv4}/24`, 'dev', 'eth0');
      ip('-n', name, 'addr', 'add', `${ipv6}/64`, 'dev', 'eth0', 'nodad');
      for (const device of ['lo', 'eth0']) ip('-n', name, 'link', 'set', device, 'up');
    }
  }

  [Symbol.dispose](): void {
    for (const { name } of [this.server, this.client]) ip('netns', 'del', name);
  }
}

const CABLE = ['type', 'veth', 'peer', 'name'];

function nameFor(what: string): string {
  return `sesame-${what}-${process.pid}-${randomBytes(3).toString('hex')}`;
}

/** Namespaces of test runs that were killed: their names have the process in them. */
function removeLeftovers(): void {
  const folder = '/run/netns';
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const owner = /^sesame-(?:server|client|probe)-(\d+)-/.exec(name)?.[1];
    if (owner === undefined || existsSync(`/proc/${owner}`)) continue;
    try {
      ip('netns', 'del', name);
    } catch {
      // another test run was faster
    }
  }
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

function isInstalled(tool: string): boolean {
  return ['/usr/sbin', '/usr/bin', '/sbin', '/bin'].some((folder) => {
    try {
      accessSync(`${folder}/${tool}`);
      return true;
    } catch {
      return false;
    }
  });
}
