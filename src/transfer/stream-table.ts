import { SesameError } from '../base/errors.ts';
import type { LargeUpload } from './large-upload.ts';

/** Operations of one connection under way at once (PROTOCOL.md 2.2). */
const MAX_STREAMS = 1024;
/** Streams of which it is remembered that they were refused. */
const MAX_REFUSED = 4096;

/** The streams of one connection: which are open, and which were refused (PROTOCOL.md 2.2). */
export class StreamTable {
  /** The upload of a stream that takes content; null where another operation has it, or its upload is about to end. */
  readonly #open = new Map<number, LargeUpload | null>();
  /** Frames that were on their way when their stream was refused are skipped. */
  readonly #refused = new Set<number>();

  has(stream: number): boolean {
    return this.#open.has(stream);
  }

  /** The upload that takes content on it, where one does. */
  uploadOf(stream: number): LargeUpload | undefined {
    return this.#open.get(stream) ?? undefined;
  }

  /** An operation begins on it. @throws `bad-stream` */
  claim(stream: number): void {
    if (stream === 0) throw new SesameError('bad-stream', 'stream 0 is the connection itself');
    if (this.#open.has(stream)) throw new SesameError('bad-stream', `stream ${stream} is in use`);
    if (this.#open.size >= MAX_STREAMS) {
      throw new SesameError('bad-stream', `more than ${MAX_STREAMS} streams`);
    }
    this.#refused.delete(stream);
    this.#open.set(stream, null);
  }

  /** From now on, its content is this upload's. */
  give(stream: number, upload: LargeUpload): void {
    this.#open.set(stream, upload);
  }

  end(stream: number): void {
    this.#open.delete(stream);
  }

  /** Ends it: what comes on it from now on is skipped. */
  refuse(stream: number): void {
    this.#open.delete(stream);
    this.#refused.add(stream);
    const [oldest] = this.#refused;
    if (this.#refused.size > MAX_REFUSED && oldest !== undefined) this.#refused.delete(oldest);
  }

  /** The last operation on a stream: refused, it leaves a stream whose frames are skipped. */
  async ending<T>(stream: number, operation: Promise<T>): Promise<T> {
    try {
      const result = await operation;
      this.end(stream);
      return result;
    } catch (error) {
      this.refuse(stream);
      throw error;
    }
  }

  /** @returns undefined for a stream that was refused, whose frames are skipped. @throws `bad-stream` */
  taking(stream: number): LargeUpload | undefined {
    const upload = this.uploadOf(stream);
    if (upload) return upload;
    if (this.#refused.has(stream)) return undefined;
    throw new SesameError('bad-stream', `no upload on stream ${stream}`);
  }

  /** As `taking`, for what ends it: nothing may follow until that is answered. */
  takeLast(stream: number): LargeUpload | undefined {
    const upload = this.taking(stream);
    if (upload) this.#open.set(stream, null);
    return upload;
  }

  /** Ends all of them. @returns the uploads that took content */
  clear(): LargeUpload[] {
    const uploads = Array.from(this.#open.values()).filter((upload) => upload !== null);
    this.#open.clear();
    return uploads;
  }
}
