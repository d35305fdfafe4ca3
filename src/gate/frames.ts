import type { Readable } from 'node:stream';

/** The messages of a stream in which each has the same size. What is cut off at the end is none. */
export async function* framesOf(stream: Readable, size: number): AsyncGenerator<Buffer, void> {
  let pending: Buffer = Buffer.alloc(0);
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    while (pending.length >= size) {
      yield pending.subarray(0, size);
      pending = pending.subarray(size);
    }
  }
}
