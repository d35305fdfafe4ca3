import type { Socket } from 'node:net';
import type { Clock } from '../base/clock.ts';
import { SesameError, messageOf, type ErrorCode } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { releaseMemory } from '../base/memory.ts';
import type { Answer } from '../handlers/base-request-handler.ts';
import { RequestDecoder, type DecoderEvent } from '../protocol/decoder.ts';
import type { Conversation } from './conversation.ts';
import { Deadlines } from './deadlines.ts';
import { LIMITS } from './limits.ts';
import { RequestStream } from './request-stream.ts';
import { Sender } from './sender.ts';

export interface ConnectionParts {
  /** Whose it is, for the log: `192.0.2.1:50123`. */
  readonly peer: string;
  readonly conversation: Conversation;
  readonly clock: Clock;
  readonly log: Logger;
  /** How long it may rest between requests, ms. */
  readonly restLimit: number;
  /** A request succeeded. */
  readonly onProven: () => void;
  readonly onRefused: (code: ErrorCode) => void;
}

type RequestEvent = Extract<DecoderEvent, { type: 'request' }>;

/** Socket ⇄ decoder ⇄ handler: serves the requests of one connection, as many at once as its version allows. */
export class Connection {
  readonly #socket: Socket;
  readonly #parts: ConnectionParts;
  readonly #decoder: RequestDecoder;
  readonly #sender: Sender;
  readonly #since: number;
  readonly #deadlines: Deadlines;
  readonly #over = Promise.withResolvers<undefined>();
  /** What the decoder works on. */
  #chunk: Uint8Array | undefined;
  /** The body of the newest request, while it is delivered or thrown away. */
  #stream: RequestStream | undefined;
  #underWay = 0;
  /** Bytes of the payloads of these. */
  #underWayBytes = 0;
  /** Somebody wants to know whether more bytes come. */
  #onChunk: (() => void) | undefined;
  /** The consumer of the body wants to wait. */
  #holding = false;
  #closing = false;
  #draining = false;
  #ended = false;

  constructor(socket: Socket, parts: ConnectionParts) {
    this.#socket = socket;
    this.#parts = parts;
    this.#decoder = new RequestDecoder(parts.conversation.rules);
    this.#sender = new Sender(socket);
    this.#since = parts.clock.monotonic();
    this.#deadlines = new Deadlines(this.#since, parts.restLimit);
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.#take(chunk);
    });
    socket.on('drain', () => {
      this.#pump();
    });
    socket.on('end', () => {
      // It may come while earlier bytes still wait for the decoder.
      this.#ended = true;
      this.#pump();
    });
    socket.on('error', (error) => {
      parts.log.debug('connection failed', { peer: parts.peer, why: error.message });
    });
    socket.on('close', () => {
      this.#stream?.cut();
      void this.#finish();
    });
    socket.resume();
  }

  /** Settles when the socket is closed and what was under way has been cleared away. */
  get over(): Promise<unknown> {
    return this.#over.promise;
  }

  /** Whether a request is under way: a drain waits for these. */
  get busy(): boolean {
    return this.#underWay > 0 || this.#decoder.state !== 'rest';
  }

  /** Called now and then: closes the connection when its peer keeps the server waiting for too long. */
  checkDeadlines(): void {
    const now = this.#parts.clock.monotonic();
    const stranger = !this.#parts.conversation.isIn && now - this.#since > LIMITS.login;
    const late = stranger ? 'no login' : this.#deadlines.expired(now);
    if (late === undefined) return;
    this.#parts.log.info('closed a connection that kept the server waiting', {
      peer: this.#parts.peer,
      why: late,
    });
    this.#socket.destroy();
  }

  /** Takes no new request; closes when the one under way is answered. */
  drain(): void {
    this.#draining = true;
    const farewell = this.#parts.conversation.farewell?.();
    if (farewell) this.send(farewell);
    if (!this.busy) this.#closeNow();
  }

  /** A frame that answers nothing. */
  send(frame: Uint8Array): void {
    this.#sender.send(frame);
  }

  /** The last frame that this connection carries. */
  endWith(frame: Uint8Array): void {
    this.send(frame);
    this.#closeGently();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    if (this.#closing) {
      releaseMemory(chunk);
      return;
    }
    this.#chunk = chunk;
    this.#decoder.push(chunk);
    this.#onChunk?.();
    this.#pump();
  }

  /** Takes events as long as there are any and somebody can take them; reads from the socket only then. */
  #pump(): void {
    if (this.#socket.destroyed || this.#closing) return;
    try {
      while (this.#ready()) {
        const event = this.#decoder.next();
        if (!event) break;
        if (event.type === 'request') void this.#serve(event);
        else this.#deliver(event.chunk);
      }
    } catch (error) {
      this.#refuseStream(error);
      return;
    }
    this.#settle();
  }

  /** Whether the next event can be taken: one request at a time, and no body that nobody wants yet. */
  #ready(): boolean {
    if (this.#holding || this.#closing || this.#sender.isFull) return false;
    if (this.#decoder.state === 'body') return this.#stream?.wanted ?? false;
    const begun = this.#decoder.state !== 'rest';
    return this.#hasRoom && (begun || !this.#draining);
  }

  get #hasRoom(): boolean {
    return (
      this.#underWay < this.#parts.conversation.concurrency && this.#underWayBytes < LIMITS.underWayBytes
    );
  }

  /** After every step: what the server now waits for, and whether it reads. */
  #settle(): void {
    if (this.#chunk && this.#decoder.buffered === 0 && !this.#holding) {
      releaseMemory(this.#chunk);
      this.#chunk = undefined;
    }
    const awaited = this.#onChunk !== undefined && this.#decoder.buffered === 0;
    const reads = this.#ready() || awaited;
    if (reads) this.#socket.resume();
    else this.#socket.pause();
    this.#deadlines.waitFor(this.#waiting(reads && !awaited), this.#parts.clock.monotonic());
    if (this.#ended && this.#decoder.buffered === 0) this.#endOfInput();
    if (this.#draining && !this.busy) this.#closeNow();
  }

  #waiting(reads: boolean): Deadlines['waiting'] {
    if (this.#sender.isFull) return 'answers-read';
    const rests = this.#decoder.state === 'rest' && this.#underWay > 0;
    if (!reads || rests) return 'nothing';
    return this.#decoder.state === 'failed' ? 'closing' : this.#decoder.state;
  }

  #deliver(chunk: Uint8Array): void {
    this.#deadlines.progress(chunk.byteLength);
    const waiting = this.#stream?.deliver(chunk);
    if (!waiting) return;
    this.#holding = true;
    void waiting.then(() => {
      this.#holding = false;
      this.#pump();
    });
  }

  async #serve(event: RequestEvent): Promise<void> {
    this.#underWay += 1;
    this.#underWayBytes += event.payload.byteLength;
    const stream = new RequestStream(event.bodyBytes, () => {
      // A handler that wants the body knows whose it is.
      if (stream.claimed) this.#parts.onProven();
      this.#pump();
    });
    if (event.bodyBytes > 0) this.#stream = stream;
    this.#deadlines.startBody(this.#parts.clock.monotonic());
    try {
      const handler = this.#parts.conversation.getHandlerForCode(event.header.code);
      if (!handler) throw new SesameError('unknown-code', 'nobody handles this code');
      const answer = await handler.handle({
        header: event.header,
        payload: event.payload,
        body: stream,
        goesOnWithin: (time) => this.#moreWithin(time),
        send: (frame) => this.#sendInTurn(frame),
      });
      this.#answer(answer, event);
      if (stream.left > 0) await this.#discard(stream);
    } catch (error) {
      this.#parts.log.error('a request failed', {
        peer: this.#parts.peer,
        code: event.header.code,
        why: messageOf(error),
      });
      this.endWith(this.#parts.conversation.refuse(error));
    } finally {
      this.#underWay -= 1;
      this.#underWayBytes -= event.payload.byteLength;
      if (this.#stream === stream) this.#stream = undefined;
      this.#pump();
      if (this.#socket.closed) void this.#finish();
    }
  }

  /** When the socket is closed and nothing is under way. */
  async #finish(): Promise<void> {
    if (this.#underWay > 0) return;
    await this.#parts.conversation.end?.();
    this.#over.resolve(undefined);
  }

  /** A part of a long answer: from here on, too, it counts how long the peer leaves it unread. */
  #sendInTurn(frame: Uint8Array): Promise<void> {
    const room = this.#sender.sendInTurn(frame);
    if (this.#sender.isFull) this.#settle();
    return room;
  }

  /** Whether bytes behind the request being served are here, or come in time. */
  async #moreWithin(time: number): Promise<boolean> {
    if (this.#decoder.buffered > 0) return true;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => {
      resolve(false);
    }, time);
    this.#onChunk = () => {
      resolve(true);
    };
    this.#settle();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#onChunk = undefined;
    }
  }

  #answer({ frame, refusal, closes }: Answer, { header }: RequestEvent): void {
    if (refusal) {
      this.#parts.onRefused(refusal.code);
      // A peer's fault is everyday business, one of ours is not.
      const ours = refusal.kind === 'storage' || refusal.kind === 'internal';
      this.#parts.log[ours ? 'error' : 'info']('refused', {
        peer: this.#parts.peer,
        code: header.code,
        client: header.clientId,
        error: refusal.code,
        why: refusal.message,
      });
    } else {
      this.#parts.onProven();
    }
    if (frame) this.send(frame);
    if (closes) this.#closeGently();
  }

  /** What is left of a refused file: a little is read for nothing, for much the connection is not worth it. */
  async #discard(stream: RequestStream): Promise<void> {
    if (stream.left > LIMITS.discardBytes || this.#socket.destroyed) {
      this.#closeGently();
      return;
    }
    await stream.discard();
  }

  /** Bytes that make no sense: there is no finding the next header behind them. */
  #refuseStream(error: unknown): void {
    const code = error instanceof SesameError ? error.code : 'internal';
    this.#parts.onRefused(code);
    this.#parts.log.info('refused', {
      peer: this.#parts.peer,
      error: code,
      why: messageOf(error),
    });
    this.endWith(this.#parts.conversation.refuse(error));
  }

  /**
   * Ends our side and throws away what still comes, for a while: closing at once would reset the connection and take
   * the last answer with it.
   */
  #closeGently(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#deadlines.waitFor('closing', this.#parts.clock.monotonic());
    this.#sender.end();
    this.#socket.resume();
  }

  /** What is written still leaves; nothing more is read. */
  #closeNow(): void {
    this.#closing = true;
    this.#sender.end();
    this.#socket.destroySoon();
  }

  /** Every byte that came has been taken: what is incomplete stays so, what is complete is still answered. */
  #endOfInput(): void {
    this.#stream?.cut();
    if (this.#underWay > 0) return;
    if (this.#decoder.state === 'header' || this.#decoder.state === 'payload') this.#socket.destroy();
    else this.#socket.end();
  }
}
