import { KeyedMutex } from '../base/keyed-mutex.ts';
import { afterCrcCorrect, afterCrcWrong, afterRequest, type Dialect, type RequestKind } from './dialect.ts';
import type { Client, ClientDirectory, OpenFile } from './ports.ts';

/**
 * Learns how each client wants to be spoken to. Every lesson is applied to the dialect as it stands by then, one after
 * another per client: requests of one client may come at the same time, over several connections.
 */
export class DialectKeeper {
  readonly #directory: ClientDirectory;
  readonly #learns: boolean;
  readonly #mutex = new KeyedMutex();

  /** @param learns false where answers are wrong on purpose: then nothing may be concluded from what clients do */
  constructor(directory: ClientDirectory, learns: boolean) {
    this.#directory = directory;
    this.#learns = learns;
  }

  /** @returns the client's dialect in the light of the fact that it makes this request */
  async observe(client: Client, request: RequestKind): Promise<Dialect> {
    // Most clients are on trial for nothing.
    if (!client.dialect.trial) return client.dialect;
    return this.#learn(client, (dialect) => afterRequest(dialect, request));
  }

  /** @param outcome whether the stored bytes are sound, and whether its 1030 is answered */
  async crcWrong(
    client: Client,
    file: OpenFile,
    outcome: { sound: boolean; answered: boolean },
  ): Promise<void> {
    await this.#learn(client, (dialect) => afterCrcWrong(dialect, { ...file, ...outcome }));
  }

  async crcCorrect(client: Client, file: OpenFile): Promise<void> {
    await this.#learn(client, (dialect) => afterCrcCorrect(dialect, file));
  }

  async #learn(client: Client, lesson: (dialect: Dialect) => Dialect): Promise<Dialect> {
    if (!this.#learns) return client.dialect;
    return this.#mutex.run(`${client.row}`, async () => {
      const before = (await this.#directory.find(client.id))?.dialect ?? client.dialect;
      const after = lesson(before);
      if (after !== before) await this.#directory.saveDialect(client.row, after);
      return after;
    });
  }
}
