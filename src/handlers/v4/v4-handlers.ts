import { V4RequestCode } from '../../protocol/v4/codes.ts';
import type { OwnFiles } from '../../transfer/own-files.ts';
import type { Session } from '../../transfer/session.ts';
import type { WatchReports } from '../../transfer/watch-reports.ts';
import { handlersByCode, type GetHandlerForCode } from '../get-handler-for-code.ts';
import { CancelHandler } from './cancel-handler.ts';
import { CommitHandler } from './commit-handler.ts';
import { DataHandler } from './data-handler.ts';
import { FetchHandler } from './fetch-handler.ts';
import { FolderHandler } from './folder-handler.ts';
import { HelloHandler } from './hello-handler.ts';
import { JoinHandler } from './join-handler.ts';
import { KnockKeyHandler, type KnockKeys } from './knock-key-handler.ts';
import { ListHandler } from './list-handler.ts';
import { OpenHandler } from './open-handler.ts';
import { PutHandler } from './put-handler.ts';
import { WaitingHandler } from './waiting-handler.ts';

interface V4HandlerParts {
  readonly files: OwnFiles;
  /** Raw Ed25519, 32 bytes. */
  readonly receiptKey: Uint8Array;
  readonly knockKeys: KnockKeys;
  readonly reports: WatchReports;
}

/** The handlers of one v4 connection: TLS has told who speaks, and the session remembers it. */
export function v4Handlers(
  session: Session,
  { files, receiptKey, knockKeys, reports }: V4HandlerParts,
): GetHandlerForCode {
  return handlersByCode([
    [V4RequestCode.hello, new HelloHandler(session, receiptKey)],
    [V4RequestCode.join, new JoinHandler(session, receiptKey)],
    [V4RequestCode.open, new OpenHandler(session)],
    [V4RequestCode.data, new DataHandler(session)],
    [V4RequestCode.commit, new CommitHandler(session)],
    [V4RequestCode.put, new PutHandler(session)],
    [V4RequestCode.cancel, new CancelHandler(session)],
    [V4RequestCode.folder, new FolderHandler(session, files)],
    [V4RequestCode.list, new ListHandler(session, files)],
    [V4RequestCode.fetch, new FetchHandler(session, files)],
    [V4RequestCode.knockKey, new KnockKeyHandler(session, knockKeys)],
    [V4RequestCode.waiting, new WaitingHandler(session, reports)],
  ]);
}
