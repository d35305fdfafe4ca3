// One TCP connection to a transfer port: bytes out, responses in, each wait with an end.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { ClientSocket } from './client-socket.ts';
import { parseResponse, responseLength, type Response } from './v3-frames.ts';
import { within } from './waiting.ts';

const PATIENCE = 10_000;

export class V3Connection extends ClientSocket {
  #bytes: Buffer = Buffer.alloc(0);
  #inPieces = false;

  static async open(port: number, host = '127.0.0.1'): Promise<V3Connection> {
    const socket = connect({ port, host, noDelay: true, allowHalfOpen: true });
    await once(socket, 'connect');
    return V3Connection.over(socket);
  }

  /** On one that stands already. */
  static over(socket: Socket): V3Connection {
    return new V3Connection(socket);
  }

  /** The port at this end. */
  get localPort(): number {
    return this.socket.localPort ?? 0;
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
      if (this.over) throw new Error(`closed with ${String(this.#bytes.length)} bytes of a response`);
      const rest = end - performance.now();
      if (rest <= 0 || !(await within(this.arrival.promise, rest))) return undefined;
    }
  }

  /** Everything until the other side ends, in hex. Rejects when it does not end within `patience` ms. */
  async rest(patience = PATIENCE): Promise<string> {
    if (!(await within(this.ended, patience))) throw new Error(`not closed within ${String(patience)} ms`);
    return this.#bytes.toString('hex');
  }

  /** Ends at once with a reset. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  protected override take(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    const length = responseLength(this.#bytes);
    if (length === undefined || this.#bytes.length < length) this.#inPieces = true;
  }

  #cut(length: number): Response {
    const response = parseResponse(this.#bytes.subarray(0, length), this.#inPieces);
    this.#bytes = this.#bytes.subarray(length);
    this.#inPieces = this.#bytes.length > 0 && this.#bytes.length < (responseLength(this.#bytes) ?? Infinity);
    return response;
  }
}
