// A well-behaved client that goes on sending while a test misbehaves: what it meets, others would meet.
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningServer } from './running-server.ts';
import { SimulatedClient } from './simulated-client.ts';

const PACE = 25;

export interface HonestReport {
  readonly files: number;
  /** The longest that one file took, in ms. */
  readonly slowest: number;
}

export class HonestSession {
  readonly #server: RunningServer;
  readonly #client: SimulatedClient;
  readonly #stopping = new AbortController();
  readonly #loop: Promise<HonestReport>;

  private constructor(server: RunningServer, client: SimulatedClient) {
    this.#server = server;
    this.#client = client;
    this.#loop = this.#sendOnAndOn();
    this.#loop.catch(() => {}); // reported by stop
  }

  static async start(server: RunningServer): Promise<HonestSession> {
    const client = new SimulatedClient(() => server.port, 'honest client');
    await client.enrol();
    return new HonestSession(server, client);
  }

  /** Ends it. Rejects when anything at all went wrong with it. */
  async stop(): Promise<HonestReport> {
    this.#stopping.abort();
    return this.#loop;
  }

  async #sendOnAndOn(): Promise<HonestReport> {
    using client = this.#client;
    let slowest = 0;
    for (let files = 0; ; files++) {
      if (this.#stopping.signal.aborted) return { files, slowest };
      const content = Buffer.alloc(2000 + files, `file ${files} `);
      const start = performance.now();
      const { outcome } = await client.sendFile(`folder/${files % 10}`, content);
      slowest = Math.max(slowest, performance.now() - start);
      if (outcome !== 'verified') throw new Error(`the honest session: file ${files} is ${outcome}`);
      const stored = await readFile(this.#server.file(client.name, 'folder', `${files % 10}`));
      if (!stored.equals(content)) throw new Error(`the honest session: file ${files} is stored differently`);
      await sleep(PACE);
    }
  }
}
