import type { LogFields } from '../../base/logger.ts';
import { decodeCommit } from '../../protocol/v4/requests.ts';
import type { Request } from '../base-request-handler.ts';
import { receiptFrame } from './receipt-frame.ts';
import { V4RequestHandler } from './v4-request-handler.ts';

/**
 * 1105, payload: 0:4 stream, 4:8 size, 12:32 SHA-256.
 * Answer: 2205 once the file is durable at its place, or 2202.
 */
export class CommitHandler extends V4RequestHandler {
  override argumentsOf(payload: Uint8Array): LogFields {
    return { ...decodeCommit(payload) };
  }

  protected override async respond({ header, payload }: Request): Promise<Uint8Array | null> {
    this.session.checkId(header.clientId);
    const { stream, size, sha256 } = decodeCommit(payload);
    const published = await this.session.commit(stream, size, sha256);
    return published ? receiptFrame(stream, published) : null;
  }
}
