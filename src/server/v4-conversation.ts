import { messageOf, SesameError } from '../base/errors.ts';
import type { GetHandlerForCode } from '../handlers/get-handler-for-code.ts';
import { refusalFrame } from '../handlers/v4/v4-request-handler.ts';
import { v4Rules } from '../protocol/v4/frames.ts';
import { v4Responses } from '../protocol/v4/responses.ts';
import type { Session, SessionEvents } from '../transfer/session.ts';
import type { Connection } from './connection.ts';
import type { Conversation } from './conversation.ts';

/** Requests under way at once on one connection (PROTOCOL.md 2.7). */
const CONCURRENCY = 2048;

/** v4: many requests at once, for one client whom TLS has proved. */
export class V4Conversation implements Conversation {
  readonly rules = v4Rules(() => this.isIn);
  readonly getHandlerForCode: GetHandlerForCode;
  readonly concurrency = CONCURRENCY;
  readonly #session: Session;
  #connection: Connection | undefined;

  constructor(
    startSession: (events: SessionEvents) => Session,
    handlersOf: (session: Session) => GetHandlerForCode,
  ) {
    this.#session = startSession({
      taken: (total) => this.#connection?.send(v4Responses.window(total)),
      refused: (stream, why) => this.#connection?.send(refusalFrame(why, stream)),
      ended: (why) => this.#connection?.endWith(refusalFrame(why, 0)),
    });
    this.getHandlerForCode = handlersOf(this.#session);
  }

  get isIn(): boolean {
    return this.#session.isIn;
  }

  get clientName(): string | null {
    return this.#session.isIn ? this.#session.machine.name : null;
  }

  /** Where frames go that answer no request. */
  attach(connection: Connection): void {
    this.#connection = connection;
  }

  refuse(error: unknown): Uint8Array {
    return refusalFrame(
      error instanceof SesameError ? error : new SesameError('internal', messageOf(error)),
      0,
    );
  }

  farewell(): Uint8Array {
    return refusalFrame(new SesameError('draining', 'the server is stopping: connect again later'), 0);
  }

  async end(): Promise<void> {
    await this.#session.close();
  }
}
