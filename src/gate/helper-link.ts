import type { Duplex } from 'node:stream';
import { Bounded } from '../base/bounded.ts';
import { messageOf, SesameError } from '../base/errors.ts';
import { framesOf } from './frames.ts';
import {
  ANSWER_SIZE,
  decodeAnswer,
  encodeRequest,
  type HelperAnswer,
  type HelperRequest,
} from './helper-message.ts';

/** Requests that wait for the one under way; one more is refused. */
const MAX_WAITING = 1000;

/** The server's end of a helper: requests go out in order, each when the one before it is answered. */
export class HelperLink {
  /** Resolves with the reason when it can be used no more. */
  readonly broken: Promise<string>;
  readonly #stream: Duplex;
  readonly #requests = new Bounded(1, MAX_WAITING);
  readonly #breaking = Promise.withResolvers<string>();
  #waiting: PromiseWithResolvers<HelperAnswer> | undefined;
  #reason: string | undefined;
  #isGone = false;

  constructor(stream: Duplex) {
    this.#stream = stream;
    this.broken = this.#breaking.promise;
    stream.on('error', (error) => this.#gone(messageOf(error)));
    void this.#read();
  }

  /**
   * @param timeout ms; an answer that is late breaks the link, for one knows no more what was done
   * @throws `gate-failed`, `busy`
   */
  ask(request: HelperRequest, timeout: number): Promise<HelperAnswer> {
    return this.#requests.run(() => this.#exchange(request, timeout));
  }

  /** Whether the other side is what ended. */
  get isGone(): boolean {
    return this.#isGone;
  }

  break(reason: string): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#stream.destroy();
    this.#waiting?.reject(new SesameError('gate-failed', reason));
    this.#breaking.resolve(reason);
  }

  #gone(reason: string): void {
    if (this.#reason === undefined) this.#isGone = true;
    this.break(reason);
  }

  async #exchange(request: HelperRequest, timeout: number): Promise<HelperAnswer> {
    if (this.#reason !== undefined) throw new SesameError('gate-failed', this.#reason);
    const waiting = Promise.withResolvers<HelperAnswer>();
    this.#waiting = waiting;
    const timer = setTimeout(
      () => this.break(`the gate's helper did not answer for ${timeout / 1000} s`),
      timeout,
    );
    try {
      this.#stream.write(encodeRequest(request));
      const answer = await waiting.promise;
      if (answer.command === request.command) return answer;
      this.break('the gate’s helper answered another question');
      throw new SesameError('gate-failed', 'the gate’s helper answered another question');
    } finally {
      clearTimeout(timer);
      this.#waiting = undefined;
    }
  }

  async #read(): Promise<void> {
    try {
      for await (const bytes of framesOf(this.#stream, ANSWER_SIZE)) {
        const answer = decodeAnswer(bytes);
        if (this.#waiting === undefined)
          throw new SesameError('malformed', 'the gate’s helper speaks unasked');
        this.#waiting.resolve(answer);
        this.#waiting = undefined;
      }
      this.#gone('the gate’s helper ended');
    } catch (error) {
      this.break(messageOf(error));
    }
  }
}
