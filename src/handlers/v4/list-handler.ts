import type { LogFields } from '../../base/logger.ts';
import { decodeList } from '../../protocol/v4/requests.ts';
import { v4Responses } from '../../protocol/v4/responses.ts';
import type { OwnFiles } from '../../transfer/own-files.ts';
import type { Session } from '../../transfer/session.ts';
import type { Request } from '../base-request-handler.ts';
import { V4RequestHandler } from './v4-request-handler.ts';

/** Entries in one 2207; with paths of 4,096 bytes fewer fit. */
const PAGE_ENTRIES = 1000;
const PAGE_BYTES = 1_048_576 - 9;
const ENTRY_BYTES = 63;

/**
 * 1109, payload: 0:4 stream, 4:2 length, 6: path, then 2 length, cursor.
 * Answer: 2207, or 2202. One is served at a time.
 */
export class ListHandler extends V4RequestHandler {
  readonly #files: OwnFiles;

  constructor(session: Session, files: OwnFiles) {
    super(session);
    this.#files = files;
  }

  override argumentsOf(payload: Uint8Array): LogFields {
    return { ...decodeList(payload) };
  }

  protected override async respond({ header, payload }: Request): Promise<Uint8Array> {
    const { session } = this;
    session.checkId(header.clientId);
    const { stream, path, after } = decodeList(payload);
    // One more than a page, to know whether there is one.
    const found = await session.run(stream, () =>
      session.inTurn(() => this.#files.list(session.machine, path, after, PAGE_ENTRIES + 1)),
    );
    const page = found.slice(0, pageLength(found.map((entry) => entry.path)));
    return v4Responses.listing(stream, page.length < found.length, page);
  }
}

function pageLength(paths: readonly string[]): number {
  let bytes = 0;
  const tooMany = paths.findIndex((path, index) => {
    bytes += ENTRY_BYTES + Buffer.byteLength(path);
    return index >= PAGE_ENTRIES || bytes > PAGE_BYTES;
  });
  return tooMany < 0 ? paths.length : tooMany;
}
