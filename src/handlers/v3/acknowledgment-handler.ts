import type { LogFields } from '../../base/logger.ts';
import { RequestCode } from '../../protocol/v3/codes.ts';
import { decodeNameRequest } from '../../protocol/v3/requests.ts';
import { responses } from '../../protocol/v3/responses.ts';
import type { FileReceiver } from '../../transfer/file-receiver.ts';
import { BaseRequestHandler, type Request } from '../base-request-handler.ts';
import { clientIdField, type V3Replies } from './v3-replies.ts';

/** A client that sends on so soon after its 1030, in ms, does not wait for an answer (PROTOCOL.md 1.5). */
const HURRY = 100;

/**
 * 1029 CRC correct, 1030 CRC wrong, 1031 giving up; payload: 0:255 file name.
 * Answer: 2104 (to a 1030 only where the dialect wants one), or 2107.
 */
export class AcknowledgmentHandler extends BaseRequestHandler {
  readonly #receiver: FileReceiver;
  readonly #replies: V3Replies;

  constructor(receiver: FileReceiver, replies: V3Replies) {
    super();
    this.#receiver = receiver;
    this.#replies = replies;
  }

  override argumentsOf(payload: Uint8Array): LogFields {
    return { name: decodeNameRequest(payload) };
  }

  protected override async respond({ header, payload, goesOnWithin }: Request): Promise<Uint8Array | null> {
    const { clientId, code } = header;
    const name = decodeNameRequest(payload);
    if (code === RequestCode.crcCorrect) await this.#receiver.confirm(clientId, name);
    else if (code === RequestCode.crcGivingUp) await this.#receiver.giveUp(clientId, name);
    else if (!(await this.#receiver.refuse(clientId, name, () => goesOnWithin(HURRY)))) return null;
    return responses.acknowledged(clientIdField(clientId, this.#replies));
  }
}
