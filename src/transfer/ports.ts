import type { CrcVariant } from '../crypto/crc-variants.ts';
import type { Dialect } from './dialect.ts';
import type { OverQuota, StorageRules } from './upload-ports.ts';

/**
 * What the transfer engine needs from the outside. Everything here is asynchronous: whoever implements it works off the
 * event loop. All of it may throw `storage-failed` and `disk-full`.
 */

/** A row number of the database, for joins; clients are known by their id. */
export type RowId = number;

export interface Client {
  readonly row: RowId;
  /** 16 bytes. */
  readonly id: Uint8Array;
  readonly name: string;
  readonly key: ClientKey | null;
  readonly dialect: Dialect;
}

export interface ClientKey {
  /** SubjectPublicKeyInfo DER. */
  readonly publicKey: Uint8Array;
  /** The client's AES key, sealed for its id. */
  readonly sealedAesKey: Uint8Array;
}

export interface ClientSummary {
  readonly row: RowId;
  readonly id: Uint8Array;
  readonly name: string;
  /** Null for a client of v3. */
  readonly machine: 'joined' | 'revoked' | null;
  /** The fleet line that it joined by; null where it joined otherwise. */
  readonly joinedBy: RowId | null;
  readonly hasKey: boolean;
  readonly writeOnly: boolean;
  /** It has access tokens only. */
  readonly keyless: boolean;
  readonly registeredAt: number;
  readonly lastSeenAt: number;
  readonly crc: CrcVariant;
  /** The number of its newest receipt; 0 where it has none. */
  readonly receipts: number;
  readonly verifiedFiles: number;
  readonly verifiedBytes: number;
}

export interface ClientDirectory {
  /**
   * Gives a name to a new id: one winner.
   *
   * @param deadBefore a name that was registered before this time and has no key is free
   * @returns false when the name is taken
   */
  register(
    client: { id: Uint8Array; name: string; nameKey: string },
    now: number,
    deadBefore: number,
  ): Promise<boolean>;
  find(id: Uint8Array): Promise<Client | undefined>;
  findByName(nameKey: string): Promise<Client | undefined>;
  /** Keeps the key that is there, if one is. @returns the client as it then stands */
  bindKey(id: Uint8Array, key: ClientKey, now: number): Promise<Client | undefined>;
  /** The client was heard of, and starts counting its sends anew. */
  startSession(row: RowId, now: number): Promise<void>;
  saveDialect(row: RowId, dialect: Dialect): Promise<void>;
  /** Removes clients without key and files that registered before this time. */
  forgetDead(before: number): Promise<void>;
  /** Takes the key from a client, and what was learnt of it; its name is free at once. @returns false when there is no such client */
  reset(nameKey: string): Promise<boolean>;
  list(): Promise<readonly ClientSummary[]>;
}

/** `waiting`: refused by a 1030, to be sent again. `publishing`: the intent to rename is committed. */
export type OpenFileState = 'pending' | 'waiting' | 'publishing';

/** A file between its first byte and its verified row. */
export interface OpenFile {
  readonly row: RowId;
  readonly clientRow: RowId;
  readonly clientName: string;
  readonly path: string;
  readonly state: OpenFileState;
  /** 1 for the first; one more for each send behind a 1030. */
  readonly sends: number;
  /** Its name in `incoming/`; null while `waiting`. */
  readonly temporaryName: string | null;
  readonly size: number;
  readonly crc32: number;
  /** The CRC that its 2103 carried: which, and the 4 bytes. */
  readonly crc: CrcVariant;
  readonly wireCrc: Uint8Array;
  readonly receivedAt: number;
}

export interface ReceivedFile {
  readonly clientRow: RowId;
  /** As the client sent it. */
  readonly name: string;
  readonly path: string;
  readonly temporaryName: string;
  readonly form: StoredForm;
  /** Bytes as stored. */
  readonly size: number;
  /** zlib CRC-32 of the bytes as stored. */
  readonly crc32: number;
  readonly crc: CrcVariant;
  /** The 4 bytes of a 2103. */
  readonly wireCrc: Uint8Array;
}

/** What is known of a file before it comes: as much as quotas ask. */
export type FileToReceive = Pick<ReceivedFile, 'clientRow' | 'path' | 'size'>;

export type PendingOutcome =
  /** `replaced`: the temporary name of what it takes the place of. */
  { readonly verdict: 'pending'; readonly replaced: string | null } | OverQuota;

export type StoredForm = 'plaintext' | 'ciphertext';

/**
 * The rows of files. Each change is one committed, durable transaction, and throws `no-pending-file` where the row is
 * not, or no longer, in a state to be changed so.
 */
export interface FileLedger {
  findOpen(clientRow: RowId, path: string): Promise<OpenFile | undefined>;
  /** Whether the client's quota has room for a file, as things are now. */
  roomFor(file: FileToReceive, rules: StorageRules): Promise<OverQuota | null>;
  recordPending(file: ReceivedFile, rules: StorageRules, now: number): Promise<PendingOutcome>;
  recordWaiting(row: RowId): Promise<void>;
  recordFailed(row: RowId, now: number): Promise<void>;
  /** The step before the rename: a restart rolls it forward. */
  recordIntent(row: RowId): Promise<void>;
  /** The step behind the rename: the version before it is gone. */
  recordVerified(row: RowId, now: number): Promise<void>;
  listOpen(): Promise<readonly OpenFile[]>;
  /** `pending` and `waiting` files that came before this time. */
  listExpired(before: number): Promise<readonly OpenFile[]>;
}

export interface ReceiveOptions {
  /** 16 bytes. */
  readonly aesKey: Uint8Array;
  readonly crc: CrcVariant;
  readonly form: StoredForm;
  /** Bytes of ciphertext to come. */
  readonly contentSize: number;
}

export interface DurableFile {
  readonly temporaryName: string;
  readonly size: number;
  readonly crc32: number;
  /** The 4 bytes of a 2103. */
  readonly wireCrc: Uint8Array;
}

/** A file on its way into `incoming/`. Disposing of it before `keep` removes it; disposing never throws. */
export interface IncomingUpload extends AsyncDisposable {
  /**
   * Takes ciphertext.
   *
   * @returns a promise where the caller must wait, and leave the chunk as it is, before it gives more
   */
  write(chunk: Uint8Array): Promise<void> | undefined;
  /** Verifies, and makes durable. @throws `bad-ciphertext` */
  finish(): Promise<DurableFile>;
  keep(): void;
}

/** Bytes, and their zlib CRC-32. */
export interface StoredContent {
  readonly size: number;
  readonly crc32: number;
}

export type FileToPublish = Pick<OpenFile, 'clientName' | 'path' | 'size' | 'crc32'> & {
  readonly temporaryName: string;
};

export interface FileStore {
  receive(options: ReceiveOptions): Promise<IncomingUpload>;
  /** @throws `bad-path` where a file stands in the way of a folder, or the reverse */
  checkPlace(clientName: string, path: string): Promise<void>;
  /**
   * Renames into `files/` and makes the folder durable. Doing it again after a crash is harmless: where the file is
   * gone from `incoming/`, exactly its content must stand at its place.
   *
   * @throws `bad-path` where a file stands in the way of a folder, or the reverse
   */
  publish(file: FileToPublish): Promise<void>;
  /** Removes from `incoming/`; gone already is well. */
  removeIncoming(temporaryName: string): Promise<void>;
  listIncoming(): Promise<readonly string[]>;
  /** Reads what is stored in `incoming/` again. @returns undefined when it is not there */
  readBack(temporaryName: string): Promise<StoredContent | undefined>;
}

export interface KeyWrapping {
  /** @throws `bad-key`; `busy` */
  wrap(publicKey: Uint8Array, aesKey: Uint8Array): Promise<Uint8Array>;
}

/** The stream of one request's body, as the connection delivers it. */
export interface RequestBody {
  /** Bytes to come. */
  readonly length: number;
  /**
   * Gives every chunk to `consume`, waiting where it returns a promise.
   *
   * @throws `truncated` when the connection ends first; the signal's reason when it is aborted
   */
  pipe(consume: (chunk: Uint8Array) => Promise<void> | undefined, signal: AbortSignal): Promise<void>;
}
