import type { LogFields } from '../../base/logger.ts';
import { decodeWaiting } from '../../protocol/v4/requests.ts';
import { v4Responses } from '../../protocol/v4/responses.ts';
import type { Session } from '../../transfer/session.ts';
import type { WatchReports } from '../../transfer/watch-reports.ts';
import type { Request } from '../base-request-handler.ts';
import { V4RequestHandler } from './v4-request-handler.ts';

const NANOSECONDS_PER_MILLISECOND = 1_000_000n;

/**
 * 1112, payload: 0:4 stream, 4:8 files, 12:8 bytes, 20:8 failing, 28:8 since when, 36:M what is wrong.
 * Answer: 2206, or 2202.
 */
export class WaitingHandler extends V4RequestHandler {
  readonly #reports: WatchReports;

  constructor(session: Session, reports: WatchReports) {
    super(session);
    this.#reports = reports;
  }

  override argumentsOf(payload: Uint8Array): LogFields {
    return { ...decodeWaiting(payload) };
  }

  protected override async respond({ header, payload }: Request): Promise<Uint8Array> {
    const { session } = this;
    session.checkId(header.clientId);
    const { stream, oldest, ...told } = decodeWaiting(payload);
    const report = { ...told, oldest: oldest === 0n ? null : Number(oldest / NANOSECONDS_PER_MILLISECOND) };
    await session.run(stream, () => this.#reports.take(session.machine, report));
    return v4Responses.done(stream);
  }
}
