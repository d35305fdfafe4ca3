/**
 * What the API speaks (docs/HTTP.md 4): the shapes that the server answers with and the console reads.
 * Times are ISO 8601 in UTC, sizes bytes, digests hex.
 */

/** A viewer sees everything and changes nothing; an operator also deletes, enrols, revokes, and manages people. */
export type Role = 'viewer' | 'operator';

/** `GET /api/session`, and the answer to signing in. `csrf` goes into `X-CSRF-Token`. */
export interface Session {
  readonly user: { readonly name: string; readonly role: Role };
  readonly csrf: string;
  readonly expires: string;
}

/** `POST /api/session`. */
export interface SignIn {
  readonly name: string;
  readonly password: string;
}

/** `POST /api/session/link`: with the token alone it asks whose link this is. */
export interface SignInLink {
  readonly token: string;
  readonly name?: string;
  readonly password?: string;
}

/** Whose sign-in link it is; `name` is null where its bearer chooses one. */
export interface LinkOwner {
  readonly name: string | null;
  readonly role: Role;
  readonly expires: string;
}

/** `PUT /api/session/password`. */
export interface PasswordChange {
  readonly old: string;
  readonly new: string;
}

/** `GET /api/overview`. `pin` is the server's key as join lines name it; `transfer` and `http` are its addresses. */
export interface Overview {
  readonly version: string;
  readonly started: string;
  readonly now: string;
  readonly state: 'ready' | 'draining';
  readonly pin: string;
  readonly transfer: readonly string[];
  readonly http: readonly string[];
  readonly disk: { readonly total: number; readonly free: number };
  readonly totals: { readonly clients: number; readonly files: number; readonly bytes: number };
  readonly health: readonly HealthCheck[];
}

export interface HealthCheck {
  readonly name: string;
  readonly state: 'ok' | 'warning' | 'error';
  readonly message: string;
}

/** One second of the server: bytes in and out, files received, errors, connections open at its end. */
export interface Sample {
  readonly time: string;
  readonly in: number;
  readonly out: number;
  readonly files: number;
  readonly errors: number;
  readonly connections: number;
}

export type Direction = 'upload' | 'download';
export type WireProtocol = 'v3' | 'v4' | 'http';

/** A transfer under way. `rate` is bytes per second. */
export interface Transfer {
  readonly id: string;
  readonly client: string;
  readonly path: string;
  readonly direction: Direction;
  readonly protocol: WireProtocol;
  readonly size: number | null;
  readonly bytes: number;
  readonly rate: number;
  readonly started: string;
  readonly seconds_left: number | null;
}

/** A transfer that has ended, at `time`. */
export interface EndedTransfer {
  readonly id: string;
  readonly client: string;
  readonly path: string;
  readonly direction: Direction;
  readonly protocol: WireProtocol;
  readonly bytes: number;
  readonly seconds: number;
  readonly time: string;
  readonly outcome: 'done' | 'failed' | 'interrupted';
  readonly error: string | null;
}

/** The events of `GET /api/live`, by name. */
export interface LiveEvents {
  readonly history: { readonly samples: readonly Sample[] };
  readonly sample: Sample;
  readonly transfers: {
    /** At most 500, the largest first. */
    readonly active: readonly Transfer[];
    /** How many are under way and not listed. */
    readonly hidden: number;
    /** The 50 newest. */
    readonly recent: readonly EndedTransfer[];
  };
  readonly joins: JoinNews;
}

/** How many machines wait for the operator; `change` is another number whenever `GET /api/joins` may answer otherwise. */
export interface JoinNews {
  readonly waiting: number;
  readonly change: number;
}

/** One version of a stored file. `receipt` is its number in the client's chain. */
export interface FileRow {
  readonly client: string;
  readonly path: string;
  readonly size: number;
  readonly modified: string;
  readonly received: string;
  readonly protocol: 3 | 4;
  readonly form: 'plaintext' | 'ciphertext';
  readonly sha256: string | null;
  readonly crc32: string | null;
  readonly receipt: number | null;
}

/** `time` is that of receipt. */
export type FileSort = 'path' | 'client' | 'size' | 'time';
export type SortOrder = 'asc' | 'desc';

/** The query of `GET /api/files`; that of `GET /api/files.csv` is the same without offset, limit and snapshot. */
export interface FileQuery {
  readonly client?: string;
  readonly search?: string;
  readonly sort?: FileSort;
  readonly order?: SortOrder;
  readonly offset?: number;
  /** 1 to 200. */
  readonly limit?: number;
  readonly snapshot?: string;
}

/** `GET /api/files`: a page of a snapshot. A row of what has been deleted since is null. */
export interface FilePage {
  readonly snapshot: string;
  readonly total: number;
  readonly rows: readonly (FileRow | null)[];
}

/** The signed text of a receipt and its SSH signature. */
export interface Receipt {
  readonly seq: number;
  readonly text: string;
  readonly signature: string;
}

/** `GET /api/file`: the row, with its receipt in full. */
export interface FileDetails extends Omit<FileRow, 'receipt'> {
  readonly receipt: Receipt | null;
  readonly versions: readonly FileRow[];
}

/** Which file: the body of `POST /api/file/verify`, the query of the other `/api/file` routes. */
export interface FileName {
  readonly client: string;
  readonly path: string;
}

/** `POST /api/file/verify`. */
export interface Verification {
  readonly verdict: 'intact' | 'changed' | 'missing' | 'unsigned';
  readonly message: string;
  readonly bytes: number;
  readonly seconds: number;
}

/** An entry of the audit trail: who did what to what, and how it ended. */
export interface AuditEntry {
  readonly seq: number;
  readonly time: string;
  readonly actor: string;
  readonly address: string | null;
  readonly action: string;
  readonly target: string | null;
  readonly outcome: string;
  readonly detail: string | null;
}

/** The query of `GET /api/audit`: entries with a `seq` below `before`. */
export interface AuditQuery {
  readonly before?: number;
  readonly limit?: number;
  readonly search?: string;
}

/** `GET /api/audit`: newest first. */
export interface AuditPage {
  readonly entries: readonly AuditEntry[];
  readonly more: boolean;
}

/**
 * What a setting is, and where its value came from: `source` is the flag, the variable or the file that set it, or
 * `default`. `flag` and `environment` are the names that could.
 */
export interface Setting {
  readonly key: string;
  readonly value: string | null;
  readonly source: string;
  readonly flag: string | null;
  readonly environment: string | null;
  readonly help: string;
}

/** `GET /api/settings`. */
export interface SettingList {
  readonly settings: readonly Setting[];
}

/** Somebody who may sign in. Without a password they have a link that is not used yet. */
export interface User {
  readonly name: string;
  readonly role: Role;
  readonly created: string;
  readonly last_seen: string | null;
  readonly has_password: boolean;
}

/** `GET /api/users`. */
export interface UserList {
  readonly users: readonly User[];
}

/** `POST /api/users`. */
export interface NewUser {
  readonly name: string;
  readonly role: Role;
}

/** The answer to `POST /api/users` and `POST /api/users/link`: the link is shown once. */
export interface NewLink {
  readonly name: string;
  readonly link: string;
  readonly expires: string;
}

/** `POST /api/clients/revoke` and `POST /api/users/link`. */
export interface Named {
  readonly name: string;
}

/** A refusal, as RFC 9457 has it. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly request_id: string;
  /** What the guard says to this. */
  readonly warning?: string | undefined;
  /** Of a body or query: what is wrong with which of its fields. */
  readonly faults?: readonly Fault[] | undefined;
}

export interface Fault {
  readonly field: string;
  readonly message: string;
}
