import type { LogFields } from '../../base/logger.ts';
import { decodeKnockKeyWanted } from '../../protocol/v4/requests.ts';
import { v4Responses } from '../../protocol/v4/responses.ts';
import type { Session } from '../../transfer/session.ts';
import type { Request } from '../base-request-handler.ts';
import { V4RequestHandler } from './v4-request-handler.ts';

/** With what, and where, the clients of this server knock. */
export interface KnockKeys {
  /** 0: the gate is off. */
  readonly port: number;
  /** The client's own, 32 bytes. @param clientId 16 bytes */
  keyOf(clientId: Uint8Array): Uint8Array;
}

/**
 * 1111, payload: 0:4 stream.
 * Answer: 2210, or 2202.
 */
export class KnockKeyHandler extends V4RequestHandler {
  override readonly answerIsSecret = true;
  readonly #knockKeys: KnockKeys;

  constructor(session: Session, knockKeys: KnockKeys) {
    super(session);
    this.#knockKeys = knockKeys;
  }

  override argumentsOf(payload: Uint8Array): LogFields {
    return decodeKnockKeyWanted(payload);
  }

  protected override async respond({ header, payload }: Request): Promise<Uint8Array> {
    const { session } = this;
    session.checkId(header.clientId);
    const { stream } = decodeKnockKeyWanted(payload);
    const { port } = this.#knockKeys;
    const key = this.#knockKeys.keyOf(session.machine.id);
    return session.run(stream, () => Promise.resolve(v4Responses.knockKey(stream, port, key)));
  }
}
