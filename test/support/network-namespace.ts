// A network of its own for a test, in which addresses can be had that no other machine knows.
import { execFileSync } from 'node:child_process';
import { Program, type Ending, type ProgramOptions } from './program.ts';

/** Whether this user may make one. */
export const CAN_HAVE_NAMESPACES = ((): boolean => {
  try {
    execFileSync('unshare', ['--net', 'ip', 'link', 'show', 'lo'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

/** It exists as long as one process in it does. */
export class NetworkNamespace implements AsyncDisposable {
  readonly #holder: Program;

  private constructor(holder: Program) {
    this.#holder = holder;
  }

  /** With loopback, and these addresses (`10.77.0.1/32`) beside it. A connection to one of them comes from it too. */
  static async create(...addresses: readonly string[]): Promise<NetworkNamespace> {
    const steps = ['ip link set lo up', ...addresses.map((address) => `ip addr add ${address} dev lo`)];
    const script = `${steps.join(' && ')} && echo ready && exec sleep infinity`;
    const namespace = new NetworkNamespace(new Program('unshare', ['--net', 'sh', '-c', script]));
    await namespace.#holder.says('it is ready', () => namespace.#holder.stdout.includes('ready'));
    return namespace;
  }

  start(command: string, args: readonly string[], options: ProgramOptions = {}): Program {
    const enter = ['--target', `${this.#holder.pid}`, '--net', command];
    return new Program('nsenter', [...enter, ...args], options);
  }

  async run(command: string, args: readonly string[], options: ProgramOptions = {}): Promise<Ending> {
    await using program = this.start(command, args, options);
    return await program.ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#holder[Symbol.asyncDispose]();
  }
}
