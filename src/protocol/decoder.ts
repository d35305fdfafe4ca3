import { SesameError } from '../base/errors.ts';
import type { FrameRules, FrameShape } from './frames.ts';
import { decodeRequestHeader, REQUEST_HEADER_BYTES, type RequestHeader } from './header.ts';

/** One step of a conversation, as bytes arrive. */
export type DecoderEvent =
  /** A header and its whole bounded payload; `bodyBytes` of a stream follow it. */
  | {
      readonly type: 'request';
      readonly header: RequestHeader;
      readonly payload: Uint8Array;
      readonly bodyBytes: number;
    }
  /** Some bytes of the stream: a view into a pushed chunk, good until the next call. */
  | { readonly type: 'body'; readonly chunk: Uint8Array; readonly last: boolean };

export type DecoderState = 'rest' | 'header' | 'payload' | 'body' | 'failed';

/**
 * Bytes in, events out; no socket in sight. Push a chunk, then take events until there is none. Nothing is copied but
 * headers and bounded payloads, and nothing is allocated before its length has passed the frame table.
 */
export class RequestDecoder {
  readonly #rules: FrameRules;
  #state: DecoderState = 'rest';
  #chunk: Uint8Array = new Uint8Array(0);
  /** Kept apart from the chunk, whose memory may be given back once it has been taken. */
  #length = 0;
  #offset = 0;

  #gathered = new Uint8Array(REQUEST_HEADER_BYTES);
  #filled = 0;
  #header: RequestHeader | undefined;
  #shape: FrameShape | undefined;
  #bodyLeft = 0;

  constructor(rules: FrameRules) {
    this.#rules = rules;
  }

  /** `rest` between requests; a header's first byte leaves it. */
  get state(): DecoderState {
    return this.#state;
  }

  /** Bytes pushed that no event has taken yet. */
  get buffered(): number {
    return this.#length - this.#offset;
  }

  get bodyLeft(): number {
    return this.#bodyLeft;
  }

  /** The chunk before it must have been taken whole. */
  push(chunk: Uint8Array): void {
    if (this.buffered > 0) throw new RangeError('the last chunk has not been taken yet');
    this.#chunk = chunk;
    this.#length = chunk.byteLength;
    this.#offset = 0;
  }

  /**
   * @returns the next event, or undefined when more bytes are needed
   * @throws the protocol error that ends this stream; every later call fails too
   */
  next(): DecoderEvent | undefined {
    if (this.#state === 'failed') throw new SesameError('truncated', 'this stream has already failed');
    try {
      return this.#state === 'body' ? this.#takeBody() : this.#takeRequest();
    } catch (error) {
      this.#state = 'failed';
      throw error;
    }
  }

  #takeRequest(): DecoderEvent | undefined {
    if (this.#state === 'rest' && this.buffered > 0) this.#state = 'header';
    if (this.#state === 'header') {
      if (!this.#gather()) return undefined;
      this.#header = decodeRequestHeader(this.#gathered, this.#rules.versions);
      this.#shape = this.#rules.shapeOf(this.#header);
      this.#startGathering('payload', this.#shape.payloadBytes);
    }
    if (this.#state !== 'payload' || !this.#gather() || !this.#header || !this.#shape) return undefined;
    const event = {
      type: 'request',
      header: this.#header,
      payload: this.#gathered,
      bodyBytes: this.#shape.bodyBytes?.(this.#gathered) ?? 0,
    } as const;
    this.#bodyLeft = event.bodyBytes;
    this.#startGathering(event.bodyBytes > 0 ? 'body' : 'rest', REQUEST_HEADER_BYTES);
    return event;
  }

  #takeBody(): DecoderEvent | undefined {
    const length = Math.min(this.buffered, this.#bodyLeft);
    if (length === 0) return undefined;
    const chunk = this.#chunk.subarray(this.#offset, this.#offset + length);
    this.#offset += length;
    this.#bodyLeft -= length;
    if (this.#bodyLeft === 0) this.#state = 'rest';
    return { type: 'body', chunk, last: this.#bodyLeft === 0 };
  }

  #startGathering(state: DecoderState, bytes: number): void {
    this.#state = state;
    this.#gathered = new Uint8Array(bytes);
    this.#filled = 0;
  }

  /** @returns whether the field under way is complete */
  #gather(): boolean {
    const length = Math.min(this.buffered, this.#gathered.byteLength - this.#filled);
    // The memory of a chunk that has been taken may be gone: not even an empty view of it can be had.
    if (length === 0) return this.#filled === this.#gathered.byteLength;
    this.#gathered.set(this.#chunk.subarray(this.#offset, this.#offset + length), this.#filled);
    this.#offset += length;
    this.#filled += length;
    return this.#filled === this.#gathered.byteLength;
  }
}
