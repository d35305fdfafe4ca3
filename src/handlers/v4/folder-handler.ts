import type { LogFields } from '../../base/logger.ts';
import { decodeFolder } from '../../protocol/v4/requests.ts';
import { v4Responses } from '../../protocol/v4/responses.ts';
import type { OwnFiles } from '../../transfer/own-files.ts';
import type { Session } from '../../transfer/session.ts';
import type { Request } from '../base-request-handler.ts';
import { V4RequestHandler } from './v4-request-handler.ts';

/**
 * 1108, payload: 0:4 stream, 4:8 mtime, 12:4 mode, 16:2 path length, 18: path.
 * Answer: 2206, or 2202.
 */
export class FolderHandler extends V4RequestHandler {
  readonly #files: OwnFiles;

  constructor(session: Session, files: OwnFiles) {
    super(session);
    this.#files = files;
  }

  override argumentsOf(payload: Uint8Array): LogFields {
    return { ...decodeFolder(payload) };
  }

  protected override async respond({ header, payload }: Request): Promise<Uint8Array> {
    const { session } = this;
    session.checkId(header.clientId);
    const { stream, ...folder } = decodeFolder(payload);
    await session.run(stream, () => this.#files.makeFolder(session.machine, folder));
    return v4Responses.done(stream);
  }
}
