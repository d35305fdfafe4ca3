import type { LogFields } from '../../base/logger.ts';
import { decodeOpen } from '../../protocol/v4/requests.ts';
import { v4Responses } from '../../protocol/v4/responses.ts';
import type { Request } from '../base-request-handler.ts';
import { V4RequestHandler } from './v4-request-handler.ts';

/**
 * 1103, payload: 0:4 stream, 4:1 flags, 5:8 size, 13:8 mtime, 21:4 mode, 25:2 path length, 27: path.
 * Answer: 2203, or 2202.
 */
export class OpenHandler extends V4RequestHandler {
  override argumentsOf(payload: Uint8Array): LogFields {
    return { ...decodeOpen(payload) };
  }

  protected override async respond({ header, payload }: Request): Promise<Uint8Array> {
    this.session.checkId(header.clientId);
    const { stream, startOver, ...facts } = decodeOpen(payload);
    const { beginning, received } = await this.session.open(stream, facts, startOver);
    return beginning.state === 'stored'
      ? v4Responses.openedStored(stream, beginning.version.sha256)
      : v4Responses.opened(stream, beginning.state, received);
  }
}
