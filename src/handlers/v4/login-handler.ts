import type { SesameError } from '../../base/errors.ts';
import { v4Responses } from '../../protocol/v4/responses.ts';
import type { Machine } from '../../transfer/machine-ports.ts';
import type { Refused, Request } from '../base-request-handler.ts';
import { isFatal, refusalFrame, V4RequestHandler } from './v4-request-handler.ts';
import type { Session } from '../../transfer/session.ts';

/** The two requests that end in a 2201; neither has a stream. */
export abstract class LoginHandler extends V4RequestHandler {
  readonly #receiptKey: Uint8Array;

  /** @param receiptKey raw Ed25519, 32 bytes */
  constructor(session: Session, receiptKey: Uint8Array) {
    super(session);
    this.#receiptKey = receiptKey;
  }

  protected welcome({ id, name, lastReceipt }: Machine): Uint8Array {
    const { window, isWriteOnly } = this.session;
    return v4Responses.welcome({
      clientId: id,
      name,
      writeOnly: isWriteOnly,
      lastReceipt,
      window,
      // Whether the gate is shut or not: a client has its key before it needs it.
      hasKnockKeys: true,
      takesWaiting: true,
      receiptKey: this.#receiptKey,
    });
  }

  /** Another request may follow. */
  protected override refuse(error: SesameError, _request: Request): Refused {
    return { frame: refusalFrame(error, 0), closes: isFatal(error) };
  }
}
