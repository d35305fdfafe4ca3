import type { SesameError } from '../../base/errors.ts';
import { refusalFor, type Refusal } from '../../protocol/v4/refusals.ts';
import { v4Responses } from '../../protocol/v4/responses.ts';
import type { Session } from '../../transfer/session.ts';
import { BaseRequestHandler, type Refused, type Request } from '../base-request-handler.ts';

/** There is no going on with a client that did this. */
const FATAL: ReadonlySet<Refusal> = new Set([
  'malformed',
  'unknown-code',
  'wrong-client-id',
  'revoked',
  'blocked',
  'window-exceeded',
]);

/** What the handlers of v4 share: one set of them per connection, each with its session. */
export abstract class V4RequestHandler extends BaseRequestHandler {
  protected readonly session: Session;

  constructor(session: Session) {
    super();
    this.session = session;
  }

  /** PROTOCOL.md 2.8: with the request's stream, or 0 where the connection ends. */
  protected override refuse(error: SesameError, { payload }: Request): Refused {
    const stream = streamOf(payload);
    if (isFatal(error) || !this.session.refuse(stream)) {
      return { frame: refusalFrame(error, 0), closes: true };
    }
    return { frame: refusalFrame(error, stream) };
  }
}

export function isFatal({ code }: SesameError): boolean {
  return FATAL.has(refusalFor(code));
}

/** Most payloads begin with their stream. */
function streamOf(payload: Uint8Array): number {
  return new DataView(payload.buffer, payload.byteOffset, payload.byteLength).getUint32(0, true);
}

/** A 2202. What went wrong inside the server is for its log. */
export function refusalFrame(error: SesameError, stream: number): Uint8Array {
  const ours = error.kind === 'storage' || error.kind === 'internal';
  const refusal = refusalFor(error.code);
  return v4Responses.refused(
    stream,
    refusal,
    ours ? `the server could not do it (${refusal})` : error.message,
  );
}
