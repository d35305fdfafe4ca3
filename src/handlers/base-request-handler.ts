import { SesameError } from '../base/errors.ts';
import type { LogFields } from '../base/logger.ts';
import type { RequestHeader } from '../protocol/header.ts';
import { responses } from '../protocol/v3/responses.ts';
import type { RequestBody } from '../transfer/ports.ts';

/** A request as the connection hands it over: header, bounded payload, and for a file the stream behind it. */
export interface Request {
  readonly header: RequestHeader;
  readonly payload: Uint8Array;
  readonly body: RequestBody;
  /** Whether the client goes on without an answer to this request: its next one begins within so many ms. */
  readonly goesOnWithin: (time: number) => Promise<boolean>;
  /**
   * Sends a frame before the answer. Resolves when there is room for the next.
   *
   * @throws `truncated` when the connection has ended
   */
  readonly send: (frame: Uint8Array) => Promise<void>;
}

/** One answer, or none: a whole frame to be written in a single send. */
export interface Answer {
  readonly frame: Uint8Array | null;
  /** Set where the request was refused. */
  readonly refusal?: SesameError;
  /** The connection ends with this answer. */
  readonly closes?: boolean;
}

/** How a request is refused. */
export type Refused = Pick<Answer, 'frame' | 'closes'>;

/**
 * The shape that all handlers share: header, then a bounded payload or a stream, then one answer. A handler decodes its
 * payload, has the transfer engine do the work, and encodes what comes of it; refusals become frames here.
 */
export abstract class BaseRequestHandler {
  /** The class's own name, for logs. */
  get name(): string {
    return this.constructor.name;
  }

  /** Whether what it answers must not be seen, in a trace for example. */
  readonly answerIsSecret: boolean = false;

  /** Never throws a refusal; what it throws is a fault of ours. */
  async handle(request: Request): Promise<Answer> {
    try {
      return { frame: await this.respond(request) };
    } catch (error) {
      if (!(error instanceof SesameError)) throw error;
      return { ...this.refuse(error, request), refusal: error };
    }
  }

  /** What the payload says, for the trace: as the handler understands it, never the rubbish behind a name. */
  abstract argumentsOf(payload: Uint8Array): LogFields;

  /**
   * @returns a whole response frame, or null where this dialect wants no answer
   * @throws SesameError to refuse
   */
  protected abstract respond(request: Request): Promise<Uint8Array | null>;

  /** How v3 says no; PROTOCOL.md 1.7. */
  protected refuse(_error: SesameError, _request: Request): Refused {
    return { frame: responses.generalError() };
  }
}
