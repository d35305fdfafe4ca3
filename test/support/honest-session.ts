// A well-behaved client that goes on sending while a test misbehaves: what it meets, others would meet.
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningServer } from './running-server.ts';
import { SimulatedClient } from './simulated-client.ts';
import { V4Client } from './v4-client.ts';
import { checkChain } from './v4-receipts.ts';
import { until } from './waiting.ts';

const PACE = 25;

export interface HonestReport {
  readonly files: number;
  /** The longest that one file took, in ms. */
  readonly slowest: number;
}

/** One of its version. */
interface HonestClient extends Disposable {
  readonly name: string;
  /** Resolves when the file is acknowledged. */
  send(path: string, content: Buffer, file: number): Promise<unknown>;
  /** Rejects when something is wrong with all that it was told. */
  finish(): void;
}

export class HonestSession {
  readonly #server: RunningServer;
  readonly #client: HonestClient;
  readonly #stopping = new AbortController();
  readonly #loop: Promise<HonestReport>;

  private constructor(server: RunningServer, client: HonestClient) {
    this.#server = server;
    this.#client = client;
    this.#loop = this.#sendOnAndOn();
    this.#loop.catch(() => {}); // reported by stop
  }

  static async start(server: RunningServer, version: 3 | 4 = 3): Promise<HonestSession> {
    return new HonestSession(server, await (version === 3 ? v3Client(server) : v4Client(server)));
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
        client.finish();
        return { files, slowest };
      }
      const content = Buffer.alloc(2000 + files, `file ${files} `);
      const path = `folder/${files % 10}`;
      const start = performance.now();
      await client.send(path, content, files);
      slowest = Math.max(slowest, performance.now() - start);
      const place = this.#server.file(client.name, ...path.split('/'));
      await until(`file ${files} stands at its place`, async () =>
        content.equals(await readFile(place).catch(() => Buffer.alloc(0))),
      );
      await sleep(PACE);
    }
  }
}

async function v3Client(server: RunningServer): Promise<HonestClient> {
  const client = new SimulatedClient(() => server.port, 'honest client');
  await client.enrol();
  return {
    name: client.name,
    async send(path, content, file) {
      const { outcome } = await client.sendFile(path, content);
      if (outcome !== 'verified') throw new Error(`the honest session: file ${file} is ${outcome}`);
    },
    finish: () => undefined,
    [Symbol.dispose]: () => {
      client[Symbol.dispose]();
    },
  };
}

/** Small files and large ones in turn. */
async function v4Client(server: RunningServer): Promise<HonestClient> {
  const name = 'honest v4 client';
  const client = await V4Client.joined(server.port, name);
  return {
    name,
    send: (path, content, file) =>
      file % 2 === 0 ? client.put(path, content) : client.upload(path, content),
    finish: () => {
      checkChain(client.receipts);
    },
    [Symbol.dispose]: () => {
      client[Symbol.dispose]();
    },
  };
}
