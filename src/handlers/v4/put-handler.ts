import { SesameError } from '../../base/errors.ts';
import type { LogFields } from '../../base/logger.ts';
import { contentSizeOf, decodePut, type FileToPut } from '../../protocol/v4/requests.ts';
import type { Request } from '../base-request-handler.ts';
import { receiptFrame } from './receipt-frame.ts';
import { V4RequestHandler } from './v4-request-handler.ts';

/**
 * 1106, payload: 0:4 stream, 4:32 SHA-256, 36:4 content size, 40:8 mtime, 48:4 mode, 52:2 path length, 54: path, then content.
 * Answer: 2205 once the file is durable, or 2202.
 */
export class PutHandler extends V4RequestHandler {
  override argumentsOf(payload: Uint8Array): LogFields {
    return { ...decodePut(payload) };
  }

  protected override async respond({ header, payload }: Request): Promise<Uint8Array> {
    this.session.checkId(header.clientId);
    const { stream, ...file } = this.#decode(payload);
    return receiptFrame(stream, await this.session.put(stream, file));
  }

  /** Content that is refused unread was in flight all the same. */
  #decode(payload: Uint8Array): FileToPut {
    try {
      return decodePut(payload);
    } catch (error) {
      if (error instanceof SesameError && error.code === 'bad-path')
        this.session.skip(contentSizeOf(payload));
      throw error;
    }
  }
}
