// A well-behaved v4 client that goes on sending while a test misbehaves: what it meets, others would meet.
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HonestReport } from './honest-session.ts';
import type { RunningServer } from './running-server.ts';
import { V4Client } from './v4-client.ts';
import { checkChain } from './v4-receipts.ts';
import { until } from './waiting.ts';

const PACE = 25;
const NAME = 'honest v4 client';

export class HonestV4Session {
  readonly #server: RunningServer;
  readonly #client: V4Client;
  readonly #stopping = new AbortController();
  readonly #loop: Promise<HonestReport>;

  private constructor(server: RunningServer, client: V4Client) {
    this.#server = server;
    this.#client = client;
    this.#loop = this.#sendOnAndOn();
    this.#loop.catch(() => {}); // reported by stop
  }

  static async start(server: RunningServer): Promise<HonestV4Session> {
    return new HonestV4Session(server, await V4Client.joined(server.port, NAME));
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
      if (this.#stopping.signal.aborted) {
        checkChain(client.receipts);
        return { files, slowest };
      }
      const content = Buffer.alloc(2000 + files, `file ${files} `);
      const path = `folder/${files % 10}`;
      const start = performance.now();
      if (files % 2 === 0) await client.put(path, content);
      else await client.upload(path, content);
      slowest = Math.max(slowest, performance.now() - start);
      const place = this.#server.file(NAME, ...path.split('/'));
      await until(`file ${files} stands at its place`, async () =>
        content.equals(await readFile(place).catch(() => Buffer.alloc(0))),
      );
      await sleep(PACE);
    }
  }
}
