// The other side of the gate: tries to get in, and counts what comes back.
import { fileURLToPath } from 'node:url';
import type { Namespace } from './namespaces.ts';
import type { Program } from './program.ts';

const PROGRAM = fileURLToPath(new URL('gate-client-process.ts', import.meta.url));

export class GateClient {
  readonly #client: Namespace;
  readonly #server: Namespace;

  constructor(client: Namespace, server: Namespace) {
    this.#client = client;
    this.#server = server;
  }

  /** @returns `echo`; `nothing` after a second of silence; otherwise the error. */
  async connect(host: string, port: number, localPort?: number): Promise<string> {
    return await this.#tell(
      'connect',
      host,
      String(port),
      ...(localPort === undefined ? [] : [String(localPort)]),
    );
  }

  /** Connects from a port, and is gone without a word but a reset. @returns as `connect` */
  async leave(host: string, port: number, localPort: number): Promise<string> {
    return await this.#tell('leave', host, String(port), String(localPort));
  }

  /** Connects, speaks, says nothing for 2.5 s, and speaks again. @returns `echo echo` or `echo nothing` */
  async pause(host: string, port: number): Promise<string> {
    return await this.#tell('pause', host, String(port));
  }

  /** Datagrams to a UDP port. @returns `nothing`, or the error that an ICMP message makes */
  async knock(host: string, port: number): Promise<string> {
    return await this.#tell('knock', host, String(port));
  }

  /** A connection that goes on; see `echoes`. */
  hold(host: string, port: number): Program {
    return this.#client.start(process.execPath, [PROGRAM, 'hold', host, String(port)]);
  }

  /** Begins to count what the server's machine sends here, beside looking up and being looked up. */
  async count(): Promise<void> {
    const rules = `
      table inet counting
      delete table inet counting
      table inet counting {
        chain input {
          type filter hook input priority -300
          icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit, mld2-listener-report } accept
          ip saddr ${this.#server.ipv4} counter
          ip6 saddr ${this.#server.ipv6} counter
        }
      }`;
    const { code, stderr } = await this.#client.run('nft', [rules]);
    if (code !== 0) throw new Error(stderr);
  }

  /** How many packets came from there since `count`. */
  async counted(): Promise<number> {
    const text = await this.#client.output('nft', 'list', 'table', 'inet', 'counting');
    return [...text.matchAll(/packets (\d+)/g)].reduce((sum, [, packets]) => sum + Number(packets), 0);
  }

  async #tell(...args: readonly string[]): Promise<string> {
    const { stdout, stderr } = await this.#client.run(process.execPath, [PROGRAM, ...args]);
    return stdout === '' ? stderr : stdout.trim();
  }
}

/** Resolves when a held connection has been answered once more, and once more again. */
export async function echoes(held: Program): Promise<void> {
  const before = held.stdout.length;
  await held.says('it is answered', () => held.stdout.length >= before + 2 * 'echo\n'.length);
}
