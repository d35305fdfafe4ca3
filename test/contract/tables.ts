// What the contract suites of the database ports need, and what they make rows of.
import { createHash } from 'node:crypto';
import { newReceiptKey, receiptPublicKey } from '../../src/crypto/receipt-key.ts';
import type { JournalMarks } from '../../src/storage/database.ts';
import type { KnockStore } from '../../src/gate/ports.ts';
import type { FleetLineStore, JoinRequestStore } from '../../src/transfer/join-ports.ts';
import type { WatchReportStore } from '../../src/transfer/watch-ports.ts';
import type { DeletionLedger } from '../../src/transfer/deletion-ports.ts';
import type { PolicyStore } from '../../src/transfer/policy-ports.ts';
import type { ClientDirectory, FileLedger, ReceivedFile, RowId } from '../../src/transfer/ports.ts';
import type { Machine, MachineDirectory } from '../../src/transfer/machine-ports.ts';
import type {
  ConflictPolicy,
  FileFacts,
  OpenUpload,
  StorageRules,
  Terms,
  UploadLedger,
  VersionFacts,
} from '../../src/transfer/upload-ports.ts';

/** All ports over one empty database. */
export interface Tables extends AsyncDisposable {
  readonly directory: ClientDirectory;
  readonly ledger: FileLedger;
  readonly machines: MachineDirectory;
  readonly uploads: UploadLedger;
  readonly deletions: DeletionLedger;
  readonly requests: JoinRequestStore;
  readonly fleet: FleetLineStore;
  readonly watchReports: WatchReportStore;
  readonly knocks: KnockStore;
  readonly journal: JournalMarks;
  readonly policies: PolicyStore;
}

/** Whose receipts the tables issue. */
export const ISSUER = { receiptKey: newReceiptKey(), serverPin: 'S'.repeat(43) };
export const ISSUER_KEY = receiptPublicKey(ISSUER.receiptKey);

export type OpenTables = () => Promise<Tables>;

/** A time at which nobody is dead. */
export const LONG_AGO = 1;

let lastId = 0;

export function newId(): Uint8Array {
  lastId += 1;
  const id = new Uint8Array(16).fill(0x11);
  new DataView(id.buffer).setUint32(0, lastId);
  return id;
}

export async function addClient({ directory }: Tables, name: string, now = 1000): Promise<RowId> {
  const id = newId();
  if (!(await directory.register({ id, name, nameKey: name.toLowerCase() }, now, LONG_AGO))) {
    throw new Error(`${name} is taken`);
  }
  const client = await directory.find(id);
  if (!client) throw new Error(`${name} is not there`);
  return client.row;
}

export function aFile(clientRow: RowId, path: string, changes: Partial<ReceivedFile> = {}): ReceivedFile {
  lastId += 1;
  return {
    clientRow,
    name: `C:\\${path}`,
    path,
    temporaryName: `temporary-${lastId}`,
    form: 'plaintext',
    size: 19,
    crc32: 0xcc5a2453,
    crc: 'zlib-ciphertext',
    wireCrc: Uint8Array.of(0x11, 0x1a, 0xa9, 0x26),
    ...changes,
  };
}

/** What holds where no policy says anything. */
export function rules(
  conflict: ConflictPolicy = 'replace',
  changes: Partial<StorageRules> = {},
): StorageRules {
  return { conflict, appendOnly: false, maxBytes: Infinity, maxFiles: Infinity, ...changes };
}

/** What a version is held to, as above. */
export function terms(conflict: ConflictPolicy = 'replace', changes: Partial<StorageRules> = {}): Terms {
  return { rules: rules(conflict, changes), extends: null };
}

/** A v4 upload that is admitted. */
export async function begin(
  { uploads }: Pick<Tables, 'uploads'>,
  clientRow: RowId,
  facts: FileFacts,
  temporaryName: string,
  now = 1000,
): Promise<OpenUpload> {
  const begun = await uploads.begin(clientRow, facts, temporaryName, rules(), now);
  if (begun.verdict === 'over-quota') throw new Error('no quota was set');
  return begun.upload;
}

/** Takes a new file to its verified row. */
export async function verify({ ledger }: Tables, file: ReceivedFile, now = 2000): Promise<void> {
  await ledger.recordPending(file, rules(), now);
  const open = await ledger.findOpen(file.clientRow, file.path);
  if (!open) throw new Error('the file is not open');
  await ledger.recordIntent(open.row);
  await ledger.recordVerified(open.row, now);
}

/** 32 bytes that no other client has. */
export function newSpki(): Uint8Array {
  return new Uint8Array(createHash('sha256').update(newId()).digest());
}

export async function addMachine({ machines }: Tables, name: string, now = 1000): Promise<Machine> {
  const machine = { id: newId(), spki: newSpki(), name, nameKey: name.toLowerCase() };
  const joined = await machines.join(machine, now, LONG_AGO);
  if (!joined) throw new Error(`${name} is taken`);
  return joined;
}

export const MTIME = 1_700_000_000_123_456_789n;

export function facts(path: string, changes: Partial<FileFacts> = {}): FileFacts {
  return { path, size: 5, mtime: MTIME, mode: 0o644, ...changes };
}

/** Facts of a version whose digest is that of `content`. */
export function version(path: string, content = 'hello', changes: Partial<VersionFacts> = {}): VersionFacts {
  const sha256 = new Uint8Array(createHash('sha256').update(content).digest());
  return { path, size: content.length, mtime: MTIME, mode: 0o644, sha256, ...changes };
}
