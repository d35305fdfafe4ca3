import type { LogFields } from '../../base/logger.ts';
import { decodeFetch } from '../../protocol/v4/requests.ts';
import { v4Responses } from '../../protocol/v4/responses.ts';
import type { OwnFiles } from '../../transfer/own-files.ts';
import type { Session } from '../../transfer/session.ts';
import type { Request } from '../base-request-handler.ts';
import { V4RequestHandler } from './v4-request-handler.ts';

/**
 * 1110, payload: 0:4 stream, 4:8 offset, 12:2 path length, 14: path.
 * Answer: 2208, then 2209s, then 2206; or 2202. One is served at a time.
 */
export class FetchHandler extends V4RequestHandler {
  readonly #files: OwnFiles;

  constructor(session: Session, files: OwnFiles) {
    super(session);
    this.#files = files;
  }

  override argumentsOf(payload: Uint8Array): LogFields {
    return { ...decodeFetch(payload) };
  }

  protected override async respond(request: Request): Promise<Uint8Array> {
    this.session.checkId(request.header.clientId);
    const { stream, path, offset } = decodeFetch(request.payload);
    await this.session.run(stream, () =>
      this.session.inTurn(() => this.#send(request, stream, path, offset)),
    );
    return v4Responses.done(stream);
  }

  async #send({ send }: Request, stream: number, path: string, offset: number): Promise<void> {
    const { facts, content } = await this.#files.fetch(this.session.machine, path, offset);
    await send(v4Responses.file(stream, facts));
    let position = offset;
    for await (const chunk of content) {
      await send(v4Responses.content(stream, position, chunk));
      position += chunk.byteLength;
    }
  }
}
