import type { Duplex } from 'node:stream';
import { messageOf } from '../../base/errors.ts';
import { whyNeverOpen } from '../address-bytes.ts';
import { framesOf } from '../frames.ts';
import {
  decodeRequest,
  encodeAnswer,
  REQUEST_SIZE,
  type HelperAnswer,
  type HelperRequest,
} from '../helper-message.ts';
import type { Firewall } from './firewall.ts';
import type { HelperOptions } from './helper-options.ts';

/** What an answer says when somebody else had taken the rules away: whoever was let in is so no more. */
export const MADE_AGAIN = 'the rules were gone, and stand again';

type Outcome = Pick<HelperAnswer, 'status' | 'text'>;

/** Carries out what the server asks for, one request after the other, whoever of its connections asks. */
export class RequestServer {
  readonly #firewall: Firewall;
  readonly #options: HelperOptions;
  readonly #complain: (text: string) => void;
  #last: Promise<unknown> = Promise.resolve();

  constructor(firewall: Firewall, options: HelperOptions, complain: (text: string) => void) {
    this.#firewall = firewall;
    this.#options = options;
    this.#complain = complain;
  }

  /** Until the other side ends, or says what is no request. */
  async serve(stream: Duplex): Promise<void> {
    try {
      for await (const bytes of framesOf(stream, REQUEST_SIZE)) {
        const request = decodeRequest(bytes);
        const { driver, ports } = this.#options;
        const outcome = await this.#inTurn(() => this.#carryOut(request));
        stream.write(encodeAnswer({ command: request.command, driver, ports, ...outcome }));
      }
      stream.end();
    } catch (error) {
      this.#complain(messageOf(error));
      stream.destroy();
    }
  }

  /** At an orderly stop of a helper that stands by itself. */
  async stop(): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#options.onStop === 'remove') await this.#firewall.remove();
      else await this.#firewall.shut();
    });
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(task);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #carryOut(request: HelperRequest): Promise<Outcome> {
    if (request.command === 'remove' && this.#options.onStop !== 'remove') {
      return { status: 'refused', text: 'not started with --on-stop remove' };
    }
    const never = 'address' in request ? whyNeverOpen(request.address) : undefined;
    if (never !== undefined) return { status: 'refused', text: never };
    try {
      return { status: 'done', text: await this.#do(request) };
    } catch (error) {
      this.#complain(messageOf(error));
      return { status: 'failed', text: messageOf(error) };
    }
  }

  async #do(request: HelperRequest): Promise<string> {
    switch (request.command) {
      case 'state':
        return await this.#ensure();
      case 'open':
        return await this.#onRules(() => this.#firewall.open(request.address, request.seconds));
      case 'close':
        return await this.#onRules(() => this.#firewall.close(request.address));
      case 'shut':
        return await this.#onRules(() => this.#firewall.shut());
      case 'remove':
        return (await this.#firewall.remove()) ?? '';
    }
  }

  /** A change that fails may do so because somebody flushed all rules of the machine. */
  async #onRules(change: () => Promise<void>): Promise<string> {
    try {
      await change();
      return '';
    } catch (error) {
      const text = await this.#ensure();
      if (text === '') throw error;
      await change();
      return text;
    }
  }

  async #ensure(): Promise<string> {
    if (await this.#firewall.stands()) return '';
    await this.#firewall.install();
    return MADE_AGAIN;
  }
}
