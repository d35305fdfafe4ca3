import type { Database, RunResult, Statement } from 'better-sqlite3';
import { SesameError } from '../base/errors.ts';
import type {
  FileToReceive,
  OpenFile,
  OpenFileState,
  PendingOutcome,
  ReceivedFile,
  RowId,
} from '../transfer/ports.ts';
import type { OverQuota, StorageRules } from '../transfer/upload-ports.ts';
import { ClientQuotas, needOf, NO_NEED, type Need } from './client-quotas.ts';
import { toVariant } from './clients-table.ts';

interface OpenRow {
  readonly row: number;
  readonly client_row: number;
  readonly client_name: string;
  readonly path: string;
  readonly state: OpenFileState;
  readonly sends: number;
  readonly temporary_name: string | null;
  readonly size: number;
  readonly crc32: number;
  readonly wire_crc: Uint8Array;
  readonly crc: string;
  readonly received_at: number;
}

/** What a new file takes the place of, before it is verified. */
interface BeforeRow {
  readonly state: OpenFileState;
  readonly sends: number;
  readonly temporary_name: string | null;
  readonly size: number;
  readonly replaces: number | null;
}

const OPEN = `state IN ('pending', 'waiting', 'publishing')`;
const SELECT_OPEN = `
  SELECT files.*, clients.name AS client_name
  FROM files JOIN clients ON clients.row = files.client_row WHERE files.${OPEN}`;

/** The table `files`; methods as in `FileLedger`, synchronous, each one transaction. */
export class FilesTable {
  readonly #findOpen: Statement<[number, string], OpenRow>;
  readonly #listOpen: Statement<[], OpenRow>;
  readonly #listExpired: Statement<[number], OpenRow>;
  readonly #before: Statement<[number, string], BeforeRow>;
  readonly #standing: Statement<[number, string], number>;
  readonly #quotas: ClientQuotas;
  readonly #deleteOpen: Statement<[number, string]>;
  readonly #insertPending: Statement<[Record<string, unknown>]>;
  readonly #setWaiting: Statement<[number]>;
  readonly #setPublishing: Statement<[number]>;
  readonly #deleteSettled: Statement<[Record<string, unknown>]>;
  readonly #settle: Statement<[Record<string, unknown>]>;
  readonly #roomFor: (file: FileToReceive, rules: StorageRules) => OverQuota | null;
  readonly #recordPending: (file: ReceivedFile, rules: StorageRules, now: number) => PendingOutcome;
  readonly #recordSettled: (row: RowId, state: 'verified' | 'failed', now: number) => void;

  constructor(db: Database) {
    this.#findOpen = db.prepare(`${SELECT_OPEN} AND files.client_row = ? AND files.path = ?`);
    this.#listOpen = db.prepare(`${SELECT_OPEN} ORDER BY files.row`);
    this.#listExpired = db.prepare(
      `${SELECT_OPEN} AND files.state <> 'publishing' AND files.received_at < ?`,
    );
    this.#before = db.prepare(`
      SELECT state, sends, temporary_name, size, replaces FROM files WHERE client_row = ? AND path = ? AND ${OPEN}`);
    this.#standing = db
      .prepare<[number, string], number>(
        `SELECT size FROM files WHERE client_row = ? AND path = ? AND state = 'verified'`,
      )
      .pluck();
    this.#quotas = new ClientQuotas(db);
    this.#deleteOpen = db.prepare(`DELETE FROM files WHERE client_row = ? AND path = ? AND ${OPEN}`);
    this.#insertPending = db.prepare(`
      INSERT INTO files (client_row, name, path, state, sends, temporary_name, form, size, crc32, crc, wire_crc,
                         received_at, replaces)
      VALUES (:clientRow, :name, :path, 'pending', :sends, :temporaryName, :form, :size, :crc32, :crc, :wireCrc,
              :now, :replaces)`);
    this.#setWaiting = db.prepare(
      `UPDATE files SET state = 'waiting', temporary_name = NULL WHERE row = ? AND state = 'pending'`,
    );
    this.#setPublishing = db.prepare(
      `UPDATE files SET state = 'publishing' WHERE row = ? AND state = 'pending'`,
    );
    this.#deleteSettled = db.prepare(`
      DELETE FROM files WHERE state = :state
        AND (client_row, path) = (SELECT client_row, path FROM files WHERE row = :row)`);
    this.#settle = db.prepare(`
      UPDATE files SET state = :state, temporary_name = NULL, settled_at = :now
      WHERE row = :row AND (state = 'publishing' OR :state = 'failed' AND ${OPEN})`);

    this.#roomFor = db.transaction((file: FileToReceive, rules: StorageRules) => {
      const before = this.#before.get(file.clientRow, file.path);
      return this.#admit(file, before, rules).refusal ?? null;
    });
    this.#recordPending = db.transaction((file: ReceivedFile, rules: StorageRules, now: number) => {
      const before = this.#before.get(file.clientRow, file.path);
      const { refusal, replaces } = this.#admit(file, before, rules);
      if (refusal) return refusal;
      this.#deleteOpen.run(file.clientRow, file.path);
      const sends = before ? before.sends + (before.state === 'waiting' ? 1 : 0) : 1;
      this.#insertPending.run({ ...file, sends, now, replaces });
      return { verdict: 'pending' as const, replaced: before?.temporary_name ?? null };
    });
    this.#recordSettled = db.transaction((row: RowId, state: 'verified' | 'failed', now: number) => {
      this.#deleteSettled.run({ row, state });
      changeOne(this.#settle.run({ row, state, now }));
    });
  }

  findOpen(clientRow: RowId, path: string): OpenFile | undefined {
    const row = this.#findOpen.get(clientRow, path);
    return row && toOpenFile(row);
  }

  listOpen(): readonly OpenFile[] {
    return this.#listOpen.all().map(toOpenFile);
  }

  listExpired(before: number): readonly OpenFile[] {
    return this.#listExpired.all(before).map(toOpenFile);
  }

  roomFor(file: FileToReceive, rules: StorageRules): OverQuota | null {
    return this.#roomFor(file, rules);
  }

  recordPending(file: ReceivedFile, rules: StorageRules, now: number): PendingOutcome {
    return this.#recordPending(file, rules, now);
  }

  recordWaiting(row: RowId): void {
    changeOne(this.#setWaiting.run(row));
  }

  recordIntent(row: RowId): void {
    changeOne(this.#setPublishing.run(row));
  }

  recordVerified(row: RowId, now: number): void {
    this.#recordSettled(row, 'verified', now);
  }

  recordFailed(row: RowId, now: number): void {
    this.#recordSettled(row, 'failed', now);
  }

  /** A v3 file always takes the place of the version that stands there. */
  #admit(
    { clientRow, path, size }: FileToReceive,
    before: BeforeRow | undefined,
    rules: StorageRules,
  ): { readonly refusal: OverQuota | undefined; readonly replaces: number | null } {
    const replaces = this.#standing.get(clientRow, path) ?? null;
    const need = needOf(size, replaces);
    return { refusal: this.#quotas.check().admit(clientRow, claimOf(before), need, rules), replaces };
  }
}

/** One that waits to be sent again has nothing here. */
function claimOf(before: BeforeRow | undefined): Need {
  return before && before.state !== 'waiting' ? needOf(before.size, before.replaces) : NO_NEED;
}

/** A row that is not there, or no longer in that state, is another one's business by now. */
function changeOne({ changes }: RunResult): void {
  if (changes !== 1) throw new SesameError('no-pending-file', 'the file has gone on in the meantime');
}

function toOpenFile(row: OpenRow): OpenFile {
  return {
    row: row.row,
    clientRow: row.client_row,
    clientName: row.client_name,
    path: row.path,
    state: row.state,
    sends: row.sends,
    temporaryName: row.temporary_name,
    size: row.size,
    crc32: row.crc32,
    crc: toVariant(row.crc),
    wireCrc: row.wire_crc,
    receivedAt: row.received_at,
  };
}
