import type { LogFields } from '../../base/logger.ts';
import { decodeCancel } from '../../protocol/v4/requests.ts';
import { v4Responses } from '../../protocol/v4/responses.ts';
import type { Request } from '../base-request-handler.ts';
import { V4RequestHandler } from './v4-request-handler.ts';

/**
 * 1107, payload: 0:4 stream, 4:1 keep or drop.
 * Answer: 2206, or 2202.
 */
export class CancelHandler extends V4RequestHandler {
  override argumentsOf(payload: Uint8Array): LogFields {
    return decodeCancel(payload);
  }

  protected override async respond({ header, payload }: Request): Promise<Uint8Array | null> {
    this.session.checkId(header.clientId);
    const { stream, drop } = decodeCancel(payload);
    return (await this.session.cancel(stream, drop)) ? v4Responses.done(stream) : null;
  }
}
