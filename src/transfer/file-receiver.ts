import { DAY, type Clock } from '../base/clock.ts';
import { messageOf, SesameError } from '../base/errors.ts';
import { KeyedMutex } from '../base/keyed-mutex.ts';
import type { Logger } from '../base/logger.ts';
import type { CrcVariant } from '../crypto/crc-variants.ts';
import type { Activity } from './activity.ts';
import type { ClientRegistrar, KeyedClient } from './client-registrar.ts';
import type { DialectKeeper } from './dialect-keeper.ts';
import { crcInUse, replyTo1030, type DialectPolicy } from './dialect.ts';
import type {
  DurableFile,
  FileLedger,
  FileStore,
  OpenFile,
  RequestBody,
  RowId,
  StoredForm,
} from './ports.ts';
import { grownFrom } from './growth.ts';
import { isLimited } from './policy.ts';
import type { PolicyBook } from './policy-book.ts';
import type { RateKeeper } from './rate-keeper.ts';
import { hasContent, isFinal, publish } from './publish.ts';
import { v3StoragePath } from './storage-path.ts';
import type { UploadLedger, UploadStore } from './upload-ports.ts';

export interface ReceiverSettings {
  readonly dialects: DialectPolicy;
  readonly form: StoredForm;
  /** `--debug`: every CRC is wrong on purpose, so that a client's retries can be watched. */
  readonly wrongCrc: boolean;
}

interface ReceiverParts {
  readonly registrar: ClientRegistrar;
  readonly dialects: DialectKeeper;
  readonly ledger: FileLedger;
  readonly files: FileStore;
  readonly policies: PolicyBook;
  readonly rates: RateKeeper;
  /** What append-only looks at. */
  readonly uploads: Pick<UploadLedger, 'findStanding'>;
  readonly store: Pick<UploadStore, 'digest' | 'digestStart'>;
  readonly clock: Clock;
  readonly activity: Activity;
  readonly log: Logger;
  readonly settings: ReceiverSettings;
}

/** How long a file waits for its sender to confirm it (PROTOCOL.md 1.4). */
export const PENDING_LIFETIME = 7 * DAY;

const CBC_BLOCK = 16;

interface Holder {
  /** When its request came, in a row with all others. */
  readonly arrival: number;
  readonly controller: AbortController;
}

/** The life of a v3 file: received, then confirmed, refused or given up by its sender (PROTOCOL.md 1.4). */
export class FileReceiver {
  readonly #parts: ReceiverParts;
  readonly #settings: ReceiverSettings;
  readonly #mutex = new KeyedMutex();
  /** The upload that holds a path; a newer one takes it over. */
  readonly #holders = new Map<string, Holder>();
  #arrivals = 0;

  constructor(parts: ReceiverParts) {
    this.#parts = parts;
    this.#settings = parts.settings;
  }

  /**
   * 1028: takes the ciphertext, and answers when the file is verified and durable.
   *
   * @returns the 4 bytes of CRC for the 2103
   */
  async receive(
    clientId: Uint8Array,
    file: { readonly name: string; readonly contentSize: number },
    body: RequestBody,
  ): Promise<Uint8Array> {
    const { registrar, files, rates } = this.#parts;
    // Which of two is the newer is settled here: behind the next await they may change places.
    const arrival = this.#arrivals++;
    const path = v3StoragePath(file.name);
    const client = await registrar.identify(clientId, { type: 'send', path });
    await this.#admit(client, path, file.contentSize);

    const key = fileKey(client.row, path);
    const crc = crcInUse(client.dialect, this.#settings.dialects);
    const holder = this.#takeOver(key, arrival);
    const transfer = this.#parts.activity.begin({
      client: client.name,
      path,
      direction: 'upload',
      protocol: 'v3',
      size: file.contentSize,
    });
    try {
      await using upload = await files.receive({
        aesKey: registrar.aesKeyOf(client),
        crc,
        form: this.#settings.form,
        contentSize: file.contentSize,
      });
      await body.pipe((chunk) => {
        transfer.add(chunk.byteLength);
        return rates.pour(client, chunk, holder.controller.signal, (slice) => upload.write(slice));
      }, holder.controller.signal);
      const durable = await upload.finish();
      await this.#mutex.run(key, async () => {
        holder.controller.signal.throwIfAborted();
        await this.#makeWay(client.row, path);
        await this.#checkContent(client, path, durable);
        const replaced = await this.#recordPending(client, path, { name: file.name, crc, ...durable });
        upload.keep();
        if (replaced !== null) await this.#removeIncoming(replaced);
      });
      transfer.done();
      return this.#settings.wrongCrc ? spoiled(durable.wireCrc) : durable.wireCrc;
    } catch (error) {
      transfer.end('failed', error);
      throw error;
    } finally {
      // Nobody waits any more for its turn to be written.
      holder.controller.abort(new SesameError('truncated', 'the upload is over'));
      if (this.#holders.get(key) === holder) this.#holders.delete(key);
    }
  }

  /** 1029: the file moves to its place. */
  async confirm(clientId: Uint8Array, name: string): Promise<void> {
    // `publishing`: an earlier try met a storage fault half-way.
    await this.#withOpenFile(clientId, name, { states: ['pending', 'publishing'] }, async (client, file) => {
      if (!hasContent(file)) throw noPendingFile();
      await publish(file, this.#parts.ledger, this.#parts.files, this.#parts.clock.now());
      if (this.#learnsCrc) await this.#parts.dialects.crcCorrect(client, file);
    });
  }

  /**
   * 1030: what was received is dropped, and the client may send again.
   *
   * @param hurried whether the client goes on without waiting for an answer
   * @returns whether it gets one
   */
  async refuse(clientId: Uint8Array, name: string, hurried: () => Promise<boolean>): Promise<boolean> {
    return this.#withOpenFile(clientId, name, { states: ['pending'] }, async (client, file) => {
      const sound = await this.#isSound(file);
      await this.#parts.ledger.recordWaiting(file.row);
      await this.#dropContent(file);

      const reply = replyTo1030(client.dialect, this.#settings.dialects);
      const answered = reply === 'yes' || (reply === 'unless-hurried' && !(await hurried()));
      await this.#parts.dialects.crcWrong(client, file, { sound: sound && this.#learnsCrc, answered });
      return answered;
    });
  }

  /** 1031: the client sends no more. */
  async giveUp(clientId: Uint8Array, name: string): Promise<void> {
    await this.#withOpenFile(
      clientId,
      name,
      { states: ['pending', 'waiting'], givesUp: true },
      async (_client, file) => {
        await this.#parts.ledger.recordFailed(file.row, this.#parts.clock.now());
        await this.#dropContent(file);
      },
    );
  }

  /**
   * Runs a task while nothing else becomes of the files of a path. One that was confirmed, and met a storage fault
   * half-way, is finished first.
   */
  async inTurn<T>(clientRow: RowId, path: string, task: () => Promise<T>): Promise<T> {
    return this.#mutex.run(fileKey(clientRow, path), async () => {
      await this.#makeWay(clientRow, path);
      return task();
    });
  }

  /** What nobody confirmed in time is dropped. To be called now and then. */
  async dropExpired(): Promise<void> {
    const { ledger, clock, log } = this.#parts;
    const before = clock.now() - PENDING_LIFETIME;
    for (const { row, clientRow, clientName, path } of await ledger.listExpired(before)) {
      await this.#mutex.run(fileKey(clientRow, path), async () => {
        const file = await ledger.findOpen(clientRow, path);
        // Its sender may have come back since the list was made.
        if (file?.row !== row || file.state === 'publishing') return;
        await ledger.recordFailed(row, clock.now());
        await this.#dropContent(file);
        log.info('dropped a file that its sender never confirmed', { client: clientName, path });
      });
    }
  }

  /** Wrong CRCs teach nothing of variants, and neither does one that a setting pins. */
  get #learnsCrc(): boolean {
    return !this.#settings.wrongCrc && this.#settings.dialects.crc === 'auto';
  }

  async #admit(client: KeyedClient, path: string, contentSize: number): Promise<void> {
    const { policies, ledger } = this.#parts;
    const limits = policies.limitsOf(client.name);
    const size = this.#leastSize(contentSize);
    // `max-upload` counts what comes, a policy what is stored.
    const counted = limits.sources['max-file'] ? size : contentSize;
    if (counted > limits.maxFile) throw policies.refusals.tooLarge(limits);
    await this.#parts.files.checkPlace(client.name, path);
    if (isLimited(limits.storage)) {
      const over = await ledger.roomFor({ clientRow: client.row, path, size }, limits.storage);
      if (over) throw policies.refusals.overQuota(client.name, over);
    }
    const open = await this.#parts.ledger.findOpen(client.row, path);
    const { maxSends } = this.#settings.dialects;
    if (open?.state === 'waiting' && open.sends >= maxSends) {
      throw new SesameError('too-many-sends', `the CRC did not agree in ${maxSends} sends`);
    }
  }

  /** Bytes that a file has at least when it is stored: CBC adds 1 to 16 of padding. */
  #leastSize(contentSize: number): number {
    return this.#settings.form === 'ciphertext' ? contentSize : Math.max(0, contentSize - CBC_BLOCK);
  }

  /** What can be told only now that it is here. @throws `too-large`; `append-only` */
  async #checkContent(
    client: KeyedClient,
    path: string,
    { size, temporaryName }: DurableFile,
  ): Promise<void> {
    const { policies, uploads, store } = this.#parts;
    const limits = policies.limitsOf(client.name);
    if (limits.sources['max-file'] && size > limits.maxFile) throw policies.refusals.tooLarge(limits);
    if (!limits.storage.appendOnly) return;
    if (!(await uploads.findStanding(client.row, path))) return;
    const place = { clientRow: client.row, clientName: client.name, path };
    const digestStart = (bytes: number) => store.digestStart(temporaryName, bytes);
    const grown = await grownFrom({ ledger: uploads, store }, place, digestStart);
    if (grown === null) throw policies.refusals.appendOnly();
  }

  #takeOver(key: string, arrival: number): Holder {
    const other = this.#holders.get(key);
    const superseded = new SesameError('superseded', 'a newer upload of the same file has taken over');
    if (other && other.arrival > arrival) throw superseded;
    other?.controller.abort(superseded);
    const holder = { arrival, controller: new AbortController() };
    this.#holders.set(key, holder);
    return holder;
  }

  /** An earlier version of this path that was confirmed, and met a storage fault half-way, goes first. */
  async #makeWay(clientRow: RowId, path: string): Promise<void> {
    const { ledger, files, clock, log } = this.#parts;
    const open = await ledger.findOpen(clientRow, path);
    if (open?.state !== 'publishing' || !hasContent(open)) return;
    try {
      await publish(open, ledger, files, clock.now());
    } catch (error) {
      // It is dropped, and in nobody's way any more.
      if (!isFinal(error)) throw error;
      log.error('dropped a file that can no longer be placed', { path, why: messageOf(error) });
    }
  }

  /** @returns the temporary name of what it replaces. @throws `over-quota` */
  async #recordPending(
    client: KeyedClient,
    path: string,
    file: { name: string; crc: CrcVariant } & DurableFile,
  ): Promise<string | null> {
    const { ledger, policies, clock } = this.#parts;
    const { form } = this.#settings;
    const { storage: rules } = policies.limitsOf(client.name);
    const outcome = await ledger.recordPending(
      { clientRow: client.row, path, form, ...file },
      rules,
      clock.now(),
    );
    if (outcome.verdict === 'over-quota') throw policies.refusals.overQuota(client.name, outcome);
    return outcome.replaced;
  }

  async #withOpenFile<T>(
    clientId: Uint8Array,
    name: string,
    { states, givesUp = false }: { states: readonly OpenFile['state'][]; givesUp?: boolean },
    task: (client: KeyedClient, file: OpenFile) => Promise<T>,
  ): Promise<T> {
    const path = v3StoragePath(name);
    const client = await this.#parts.registrar.identify(clientId, { type: 'verdict', path, givesUp });
    return this.#mutex.run(fileKey(client.row, path), async () => {
      const file = await this.#parts.ledger.findOpen(client.row, path);
      if (!file || !states.includes(file.state)) throw noPendingFile();
      return task(client, file);
    });
  }

  /** Whether the file reads back as it was written: then a wrong CRC is a matter of dialect, not of damage. */
  async #isSound(file: OpenFile): Promise<boolean> {
    if (!hasContent(file)) return false;
    const stored = await this.#parts.files.readBack(file.temporaryName);
    return stored?.size === file.size && stored.crc32 === file.crc32;
  }

  async #dropContent(file: OpenFile): Promise<void> {
    if (hasContent(file)) await this.#removeIncoming(file.temporaryName);
  }

  /** No row speaks of it any more: what cannot be removed now, the next start removes. */
  async #removeIncoming(temporaryName: string): Promise<void> {
    try {
      await this.#parts.files.removeIncoming(temporaryName);
    } catch (error) {
      this.#parts.log.warning('cannot clear away a file in incoming/', { why: messageOf(error) });
    }
  }
}

function fileKey(clientRow: RowId, path: string): string {
  return `${clientRow}/${path}`;
}

function noPendingFile(): SesameError {
  return new SesameError('no-pending-file', 'no file of this name waits for that');
}

function spoiled(crc: Uint8Array): Uint8Array {
  return crc.map((byte) => byte ^ 0xa5);
}
