// One TCP connection to a transfer port: bytes out, responses in, each wait with an end.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { parseResponse, responseLength, type Response } from './v3-frames.ts';

const PATIENCE = 10_000;

export class V3Connection implements Disposable {
  /** Settles when the connection is gone, however it went. */
  readonly closed: Promise<void>;
  /** Settles when the other side has said its last byte, or is gone. */
  readonly ended: Promise<void>;
  readonly #socket: Socket;
  #bytes: Buffer = Buffer.alloc(0);
  #inPieces = false;
  #over = false;
  #arrival = Promise.withResolvers<undefined>();

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) =>
      socket.once('close', () => {
        resolve();
      }),
    );
    this.ended = new Promise((resolve) => {
      socket.once('end', () => {
        resolve();
      });
      socket.once('close', () => {
        resolve();
      });
    });
    socket.on('error', () => {
      /* "close" follows */
    });
    socket.on('data', (chunk) => {
      this.#take(Buffer.from(chunk));
    });
    void this.ended.then(() => {
      this.#over = true;
      this.#arrival.resolve(undefined);
    });
  }

  static async open(port: number, host = '127.0.0.1'): Promise<V3Connection> {
    const socket = connect({ port, host, noDelay: true, allowHalfOpen: true });
    await once(socket, 'connect');
    return new V3Connection(socket);
  }

  /** The port at this end. */
  get localPort(): number {
    return this.#socket.localPort ?? 0;
  }

  /** Resolves when the system has taken the bytes, or the connection is gone. */
  async send(bytes: Uint8Array): Promise<void> {
    const taken = new Promise<void>((resolve) =>
      this.#socket.write(bytes, () => {
        resolve();
      }),
    );
    await Promise.race([taken, this.closed]);
  }

  /** The next response. Rejects when none comes in `patience` ms or the stream ends before it is whole. */
  async response(patience = PATIENCE): Promise<Response> {
    const response = await this.responseOrSilence(patience);
    if (response === undefined) throw new Error(`no response within ${String(patience)} ms`);
    return response;
  }

  /** As `response`, with undefined for silence. */
  async responseOrSilence(patience: number): Promise<Response | undefined> {
    const end = performance.now() + patience;
    for (;;) {
      const length = responseLength(this.#bytes);
      if (length !== undefined && this.#bytes.length >= length) return this.#cut(length);
      if (this.#over) throw new Error(`closed with ${String(this.#bytes.length)} bytes of a response`);
      const rest = end - performance.now();
      if (rest <= 0 || !(await within(this.#arrival.promise, rest))) return undefined;
    }
  }

  /** Everything until the other side ends, in hex. Rejects when it does not end within `patience` ms. */
  async rest(patience = PATIENCE): Promise<string> {
    if (!(await within(this.ended, patience))) throw new Error(`not closed within ${String(patience)} ms`);
    return this.#bytes.toString('hex');
  }

  /** Stops reading: what arrives from now on stays with the system. */
  stopReading(): void {
    this.#socket.pause();
  }

  startReading(): void {
    this.#socket.resume();
  }

  /** Says the last byte, and goes on reading. */
  end(): void {
    this.#socket.end();
  }

  /** Ends at once with a reset. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    const length = responseLength(this.#bytes);
    if (length === undefined || this.#bytes.length < length) this.#inPieces = true;
    this.#arrival.resolve(undefined);
    this.#arrival = Promise.withResolvers<undefined>();
  }

  #cut(length: number): Response {
    const response = parseResponse(this.#bytes.subarray(0, length), this.#inPieces);
    this.#bytes = this.#bytes.subarray(length);
    this.#inPieces = this.#bytes.length > 0 && this.#bytes.length < (responseLength(this.#bytes) ?? Infinity);
    return response;
  }
}

/** Whether `promise` settles within `ms` milliseconds. */
export async function within(promise: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => {
      resolve(false);
    }, ms);
  });
  try {
    return await Promise.race([promise.then(() => true as const), late]);
  } finally {
    clearTimeout(timer);
  }
}
