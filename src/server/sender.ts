import type { Socket } from 'node:net';
import { SesameError } from '../base/errors.ts';
import { LIMITS } from './limits.ts';

/** What a connection sends: frames that go at once, and frames of long answers, which wait for room. */
export class Sender {
  readonly #socket: Socket;
  #corked = false;
  #over = false;
  /** Who waits for room. */
  readonly #waiting: (() => void)[] = [];

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('drain', () => {
      this.#wake();
    });
    socket.on('close', () => {
      this.#wake();
    });
  }

  /** Whether the peer has left so much unread that it gets nothing more to answer. */
  get isFull(): boolean {
    return this.#socket.writableLength > LIMITS.unreadAnswerBytes;
  }

  send(frame: Uint8Array): void {
    if (this.#isGone) return;
    // What one turn of the event loop has to say leaves in one piece.
    if (!this.#corked) {
      this.#corked = true;
      this.#socket.cork();
      setImmediate(() => {
        this.#corked = false;
        this.#socket.uncork();
      });
    }
    this.#socket.write(frame);
  }

  /** Sends, and waits until there is room for the next. @throws `truncated` when the connection is gone */
  async sendInTurn(frame: Uint8Array): Promise<void> {
    this.#throwIfGone();
    if (this.#socket.write(frame)) return;
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#throwIfGone();
  }

  /** Nothing is taken any more; what was still leaves. */
  end(): void {
    this.#over = true;
    this.#socket.end();
  }

  get #isGone(): boolean {
    return this.#over || this.#socket.destroyed;
  }

  #throwIfGone(): void {
    if (this.#isGone) throw new SesameError('truncated', 'the connection ended');
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
