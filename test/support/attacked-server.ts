// A server that honest clients use by way of a balancer, while somebody attacks it at full speed in a process of his own.
import { fileURLToPath } from 'node:url';
import { BEHIND_BALANCER, v4From } from './from-source.ts';
import { Program } from './program.ts';
import type { RunningServer } from './running-server.ts';
import type { V4Client } from './v4-client.ts';
import { until } from './waiting.ts';
import { WebServer } from './web.ts';

export type Attack = 'transfer' | 'http' | 'knock';

const ATTACKER = fileURLToPath(new URL('./attacker.ts', import.meta.url));
const HONEST = '203.0.113.9';
const SMALL = 4096;
const LARGE = 512 * 1024;

export class AttackedServer implements AsyncDisposable {
  readonly #web: WebServer;
  readonly #knockPort: number;

  private constructor(web: WebServer, knockPort: number) {
    this.#web = web;
    this.#knockPort = knockPort;
  }

  /** Shut by a gate where `attack` is one with knocks, and open for the honest client. */
  static async start(attack: Attack | null): Promise<AttackedServer> {
    const gate = ['--gate', 'simple', '--gate-port', '0', '--gate-allow', '203.0.113.0/24'];
    const web = await WebServer.start(
      ...[...BEHIND_BALANCER, '--join', 'open', '--log-level', 'error', ...(attack === 'knock' ? gate : [])],
    );
    const { server } = web;
    const told = (): RegExpExecArray | null => /knock port (\d+)/.exec(server.stderr);
    if (attack === 'knock') await until('the knock port is told', () => Promise.resolve(told() !== null));
    return new AttackedServer(web, Number(told()?.[1] ?? 0));
  }

  get server(): RunningServer {
    return this.#web.server;
  }

  async attack(attack: Attack): Promise<Program> {
    const port = { transfer: this.server.port, http: this.#web.port, knock: this.#knockPort }[attack];
    const attacker = new Program(process.execPath, [ATTACKER, attack, String(port)]);
    await attacker.says('that it attacks', () => attacker.stdout.includes('attacking'));
    return attacker;
  }

  /**
   * Joins, and sends files one after another, each tenth a large one, on a new connection for each twenty.
   *
   * @returns ms of each file, until its receipt
   */
  async upload(name: string, ms: number): Promise<number[]> {
    const end = performance.now() + ms;
    const first = await v4From(this.server.port, HONEST);
    await first.join(name);
    const { identity } = first;
    const took: number[] = [];
    let client: V4Client = first;
    while (performance.now() < end || took.length < 20) {
      const file = took.length;
      if (file % 20 === 19) {
        client[Symbol.dispose]();
        client = await v4From(this.server.port, HONEST, identity);
        await client.hello();
      }
      const content = Buffer.alloc(file % 10 === 9 ? LARGE : SMALL, `file ${file} `);
      const began = performance.now();
      if (content.length === LARGE) await client.upload(`large/${file}`, content);
      else await client.put(`small/${file}`, content);
      took.push(performance.now() - began);
    }
    client[Symbol.dispose]();
    return took;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#web[Symbol.asyncDispose]();
  }
}
