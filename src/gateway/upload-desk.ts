import type { Readable } from 'node:stream';
import type { Clock } from '../base/clock.ts';
import { messageOf, SesameError } from '../base/errors.ts';
import type { LargeFileReceiver } from '../transfer/large-file-receiver.ts';
import type { LargeUpload } from '../transfer/large-upload.ts';
import type { RateKeeper } from '../transfer/rate-keeper.ts';
import { readableReceipt } from '../transfer/receipt.ts';
import type { SessionRegistry } from '../transfer/session-registry.ts';
import type { Machine } from '../transfer/machine-ports.ts';
import type { FileFacts } from '../transfer/upload-ports.ts';
import type { Published } from '../transfer/version-publisher.ts';
import type { UploadPart } from './upload-part.ts';

/** What comes by HTTP says nothing of modes. */
const MODE = 0o600;
const MILLISECOND = 1_000_000n;

/** What the uploader is told of a file that is stored. */
export interface StoredUpload {
  readonly filepath: string;
  readonly size: number;
  readonly sha256: string;
  readonly receipt: { readonly seq: number; readonly text: string; readonly signature: string };
}

export interface UploadFacts {
  readonly path: string;
  /** Milliseconds since 1970; undefined where the uploader does not say. */
  readonly modified: number | undefined;
  /** 32 bytes; null where the uploader does not say. */
  readonly sha256: Uint8Array | null;
}

export type Received =
  | { readonly isStored: true; readonly wasThere: boolean; readonly stored: StoredUpload }
  /** It goes on from here. */
  | { readonly isStored: false; readonly offset: number };

interface DeskParts {
  readonly uploads: LargeFileReceiver;
  readonly registry: SessionRegistry;
  readonly rates: RateKeeper;
  readonly clock: Clock;
}

/** A part does not follow what is there. */
export class WrongOffset extends SesameError {
  /** Where the next part belongs. */
  readonly offset: number;

  constructor(offset: number) {
    super('bad-offset', `the next byte is that at ${offset}`);
    this.offset = offset;
  }
}

/** Takes files that come by HTTP the way of a v4 upload (HTTP.md 3). */
export class UploadDesk {
  readonly #parts: DeskParts;

  constructor(parts: DeskParts) {
    this.#parts = parts;
  }

  /** @throws `WrongOffset`; `truncated`, and what came stays; as `LargeFileReceiver` */
  async receive(machine: Machine, file: UploadFacts, part: UploadPart, body: Readable): Promise<Received> {
    const { uploads, registry } = this.#parts;
    const facts = await this.#factsOf(machine, file, part);
    const events = { taken: () => undefined, superseded: () => body.destroy() };
    const upload = await uploads.open(machine, facts, part.from === 0, events, 'http');
    const session = {
      clientName: machine.name,
      end: (why: SesameError) => void upload.abandon(why).then(() => body.destroy()),
    };
    registry.add(machine.row, session);
    try {
      if (upload.received !== part.from) throw new WrongOffset(upload.received);
      await this.#pour(upload, body);
      if (!part.isLast) {
        await uploads.cancel(upload, false);
        return { isStored: false, offset: upload.received };
      }
      const published = await uploads.commit(upload, upload.received, file.sha256);
      return { isStored: true, wasThere: published.wasThere, stored: describe(published) };
    } catch (error) {
      const why = upload.signal.aborted ? (upload.signal.reason as Error) : error;
      await upload.abandon(why instanceof Error ? why : new Error(messageOf(why)));
      throw why;
    } finally {
      registry.remove(machine.row, session);
    }
  }

  /** @returns false where nothing unfinished is there */
  async forget(machine: Machine, path: string): Promise<boolean> {
    const { uploads } = this.#parts;
    const left = await uploads.unfinished(machine, path);
    if (!left) return false;
    const events = { taken: () => undefined, superseded: () => undefined };
    const upload = await uploads.open(machine, left.facts, false, events, 'http');
    await uploads.cancel(upload, true);
    return true;
  }

  async #pour(upload: LargeUpload, body: Readable): Promise<void> {
    try {
      // Whoever is refused half-way still gets an answer: the connection stays.
      const signal = AbortSignal.any([upload.signal, goneBeforeItsEnd(body)]);
      const chunks = body.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<Buffer>;
      for await (const chunk of chunks) {
        upload.signal.throwIfAborted();
        await this.#parts.uploads.expect(upload, upload.received, chunk.byteLength);
        await this.#parts.rates.pour(upload.machine, chunk, signal, (slice) => upload.write(slice));
      }
    } catch (error) {
      if (error instanceof SesameError || upload.signal.aborted) throw error;
      throw new SesameError('truncated', 'the body ended early: what came is kept', { cause: error });
    }
  }

  /** A later part goes on with what the first one said. */
  async #factsOf(machine: Machine, file: UploadFacts, { from, size }: UploadPart): Promise<FileFacts> {
    const modified = file.modified ?? this.#parts.clock.now();
    const facts = { path: file.path, size, mtime: BigInt(modified) * MILLISECOND, mode: MODE };
    if (from === 0) return facts;
    const left = await this.#parts.uploads.unfinished(machine, file.path);
    const isSame = left && (size === null || left.facts.size === null || left.facts.size === size);
    if (!isSame) throw new WrongOffset(0);
    if (left.received !== from) throw new WrongOffset(left.received);
    return left.facts;
  }
}

/** Aborted when whoever sends it goes away. */
function goneBeforeItsEnd(body: Readable): AbortSignal {
  const gone = new AbortController();
  body.once('close', () => {
    if (!body.readableEnded) gone.abort();
  });
  return gone.signal;
}

/** The receipt has it all. */
function describe({ stored }: Published): StoredUpload {
  const receipt = readableReceipt(stored);
  const { path, size, sha256, seq } = JSON.parse(receipt.text) as ReceiptText;
  return { filepath: `/${path}`, size, sha256, receipt: { seq, ...receipt } };
}

interface ReceiptText {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  readonly seq: number;
}
