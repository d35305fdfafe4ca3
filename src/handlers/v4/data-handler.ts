import { messageOf } from '../../base/errors.ts';
import type { LogFields } from '../../base/logger.ts';
import { decodeData } from '../../protocol/v4/requests.ts';
import type { Request } from '../base-request-handler.ts';
import { V4RequestHandler } from './v4-request-handler.ts';

/**
 * 1104, payload: 0:4 stream, 4:8 offset; behind it the content as a stream.
 * Answer: none, or 2202 where the upload ends with it.
 */
export class DataHandler extends V4RequestHandler {
  override argumentsOf(payload: Uint8Array): LogFields {
    return decodeData(payload);
  }

  protected override async respond({ header, payload, body }: Request): Promise<null> {
    this.session.checkId(header.clientId);
    const { stream, offset } = decodeData(payload);
    const upload = await this.session.expect(stream, offset, body.length);
    if (!upload) return null;
    try {
      await body.pipe((chunk) => this.session.write(upload, chunk), upload.signal);
    } catch (error) {
      // Who superseded it has told the client already; who ends it will.
      if (!this.session.isOpen(stream, upload)) return null;
      await this.session.fail(stream, error instanceof Error ? error : new Error(messageOf(error)));
      throw error;
    }
    return null;
  }
}
