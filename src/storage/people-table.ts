import type { Database, Statement } from 'better-sqlite3';
import { SesameError } from '../base/errors.ts';
import type { PeopleDirectory, Person, Role, SessionRow, SignInLink } from '../accounts/ports.ts';
import type { RowId } from '../transfer/ports.ts';
import type { Machine, NewMachine } from '../transfer/machine-ports.ts';
import { type MachineRow, type MachinesTable, toMachine } from './machines-table.ts';

interface UserRow {
  readonly row: number;
  readonly name: string;
  readonly name_key: string;
  readonly role: Role;
  readonly password_hash: string | null;
  readonly client_row: number | null;
  readonly created_at: number;
  readonly last_seen_at: number | null;
}

interface LinkRow {
  readonly user_row: number | null;
  readonly expires_at: number;
}

interface FoundSession extends UserRow {
  readonly csrf: string;
  readonly expires_at: number;
  readonly used_at: number;
}

/** A session that is in use is noted so often, ms: not every request has to be written down. */
const NOTE_EVERY = 60_000;

type Named = Parameters<PeopleDirectory['useLink']>[1];

/** The tables `users`, `sign_in_links` and `sessions`; methods as in `PeopleDirectory`, synchronous. */
export class PeopleTable {
  readonly #find: Statement<[string], UserRow>;
  readonly #get: Statement<[RowId], UserRow>;
  readonly #list: Statement<[], UserRow>;
  readonly #count: Statement<[], number>;
  readonly #otherOperators: Statement<[RowId], number>;
  readonly #insert: Statement<[Record<string, unknown>]>;
  readonly #delete: Statement<[RowId]>;
  readonly #setPassword: Statement<[string, RowId]>;
  readonly #setClient: Statement<[RowId, RowId]>;
  readonly #client: Statement<[RowId], MachineRow>;
  readonly #dropLinks: Statement<[RowId | null, number]>;
  readonly #insertLink: Statement<[Uint8Array, RowId | null, number]>;
  readonly #findLink: Statement<[Uint8Array, number], LinkRow>;
  readonly #insertSession: Statement<[Record<string, unknown>]>;
  readonly #findSession: Statement<[Uint8Array], FoundSession>;
  readonly #noteSession: Statement<[number, Uint8Array]>;
  readonly #notePerson: Statement<[number, RowId]>;
  readonly #endSession: Statement<[Uint8Array]>;
  readonly #endSessions: Statement<[RowId, Uint8Array]>;
  readonly #dropEnded: Statement<[number]>;
  readonly #machines: MachinesTable;
  readonly #inTransaction: <T>(task: () => T) => T;

  constructor(db: Database, machines: MachinesTable) {
    this.#machines = machines;
    this.#find = db.prepare('SELECT * FROM users WHERE name_key = ?');
    this.#get = db.prepare('SELECT * FROM users WHERE row = ?');
    this.#list = db.prepare('SELECT * FROM users ORDER BY name_key');
    this.#count = db
      .prepare<[], number>('SELECT count(*) FROM users WHERE password_hash IS NOT NULL')
      .pluck();
    this.#otherOperators = db
      .prepare<[RowId], number>(
        `SELECT count(*) FROM users WHERE role = 'operator' AND password_hash IS NOT NULL AND row <> ?`,
      )
      .pluck();
    this.#insert = db.prepare(`
      INSERT INTO users (name, name_key, role, password_hash, created_at) VALUES (:name, :nameKey, :role, :passwordHash, :now)
      ON CONFLICT (name_key) DO NOTHING`);
    this.#delete = db.prepare('DELETE FROM users WHERE row = ?');
    this.#setPassword = db.prepare('UPDATE users SET password_hash = ? WHERE row = ?');
    this.#setClient = db.prepare('UPDATE users SET client_row = ? WHERE row = ?');
    this.#client = db.prepare('SELECT * FROM clients WHERE row = ?');
    this.#dropLinks = db.prepare('DELETE FROM sign_in_links WHERE user_row IS ? OR expires_at <= ?');
    this.#insertLink = db.prepare('INSERT INTO sign_in_links (hash, user_row, expires_at) VALUES (?, ?, ?)');
    this.#findLink = db.prepare('SELECT * FROM sign_in_links WHERE hash = ? AND expires_at > ?');
    this.#insertSession = db.prepare(`
      INSERT INTO sessions (hash, user_row, csrf, expires_at, last_seen_at) VALUES (:hash, :person, :csrf, :expiresAt, :now)`);
    this.#findSession = db.prepare(`
      SELECT users.*, sessions.csrf, sessions.expires_at, sessions.last_seen_at AS used_at
      FROM sessions JOIN users ON users.row = sessions.user_row WHERE sessions.hash = ?`);
    this.#noteSession = db.prepare('UPDATE sessions SET last_seen_at = ? WHERE hash = ?');
    this.#notePerson = db.prepare('UPDATE users SET last_seen_at = ? WHERE row = ?');
    this.#endSession = db.prepare('DELETE FROM sessions WHERE hash = ?');
    this.#endSessions = db.prepare('DELETE FROM sessions WHERE user_row = ? AND hash <> ?');
    this.#dropEnded = db.prepare('DELETE FROM sessions WHERE expires_at <= ?');
    const transaction = db.transaction((task: () => unknown) => task());
    this.#inTransaction = <T>(task: () => T): T => transaction.immediate(task) as T;
  }

  /** Whoever never used the link is nobody yet. */
  isEmpty(): boolean {
    return this.#count.get() === 0;
  }

  list(): readonly Person[] {
    return this.#list.all().map(toPerson);
  }

  find(nameKey: string): Person | undefined {
    const row = this.#find.get(nameKey);
    return row && toPerson(row);
  }

  add({ name, nameKey, role }: { name: string; nameKey: string; role: Role }, now: number): Person {
    const { changes } = this.#insert.run({ name, nameKey, role, passwordHash: null, now });
    const added = changes === 1 ? this.find(nameKey) : undefined;
    if (!added) throw new SesameError('name-taken', `there is somebody called "${name}" already`);
    return added;
  }

  remove(nameKey: string): 'removed' | 'unknown' | 'last-operator' {
    return this.#inTransaction(() => {
      const person = this.#find.get(nameKey);
      if (!person) return 'unknown';
      const isIn = person.role === 'operator' && person.password_hash !== null;
      if (isIn && this.#otherOperators.get(person.row) === 0) return 'last-operator';
      this.#delete.run(person.row);
      return 'removed';
    });
  }

  setPassword(row: RowId, passwordHash: string, keep: Uint8Array | null): void {
    this.#inTransaction(() => {
      this.#setPassword.run(passwordHash, row);
      this.#endSessions.run(row, keep ?? new Uint8Array());
    });
  }

  addLink(hash: Uint8Array, row: RowId | null, expiresAt: number, now: number): void {
    this.#inTransaction(() => {
      this.#dropLinks.run(row, now);
      this.#insertLink.run(hash, row, expiresAt);
    });
  }

  findLink(hash: Uint8Array, now: number): SignInLink | undefined {
    const link = this.#findLink.get(hash, now);
    if (!link) return undefined;
    // The first operator is one only as long as there is none.
    if (link.user_row === null && !this.isEmpty()) return undefined;
    const person = link.user_row === null ? undefined : this.#get.get(link.user_row);
    return { person: person ? toPerson(person) : null, expiresAt: link.expires_at };
  }

  useLink(hash: Uint8Array, first: Named, passwordHash: string, now: number): Person | undefined {
    return this.#inTransaction(() => {
      const link = this.findLink(hash, now);
      if (!link) return undefined;
      const row = link.person?.row ?? null;
      this.#dropLinks.run(row, now);
      if (row === null) {
        const { changes } = this.#insert.run({ ...first, role: 'operator', passwordHash, now });
        return changes === 1 ? this.find(first.nameKey) : undefined;
      }
      this.setPassword(row, passwordHash, null);
      const person = this.#get.get(row);
      return person && toPerson(person);
    });
  }

  startSession(person: RowId, session: SessionRow, now: number): void {
    this.#inTransaction(() => {
      this.#dropEnded.run(now);
      this.#insertSession.run({ ...session, person, now });
      this.#notePerson.run(now, person);
    });
  }

  findSession(
    hash: Uint8Array,
    now: number,
    idleSince: number,
  ): (SessionRow & { readonly person: Person }) | undefined {
    const row = this.#findSession.get(hash);
    if (!row) return undefined;
    const { csrf, expires_at: expiresAt, used_at: usedAt } = row;
    if (expiresAt <= now || usedAt < idleSince) {
      this.#endSession.run(hash);
      return undefined;
    }
    if (now - usedAt >= NOTE_EVERY) {
      this.#noteSession.run(now, hash);
      this.#notePerson.run(now, row.row);
    }
    return { hash, csrf, expiresAt, person: toPerson(row) };
  }

  endSession(hash: Uint8Array): void {
    this.#endSession.run(hash);
  }

  spaceOf(person: RowId, machine: NewMachine, now: number, deadBefore: number): Machine {
    return this.#inTransaction(() => {
      const user = this.#get.get(person);
      if (!user) throw new SesameError('not-signed-in', 'this person was removed');
      const client = user.client_row === null ? undefined : this.#client.get(user.client_row);
      if (client) return toMachine(client);
      const { name, name_key: nameKey } = user;
      const added = this.#machines.add(
        { ...machine, name, nameKey, writeOnly: false, keyless: true },
        now,
        deadBefore,
      );
      if (!added)
        throw new SesameError('name-taken', `a client has the name "${name}": upload with its token`);
      this.#setClient.run(added.row, person);
      return added;
    });
  }
}

function toPerson(user: UserRow): Person {
  return {
    row: user.row,
    name: user.name,
    role: user.role,
    passwordHash: user.password_hash,
    createdAt: user.created_at,
    lastSeenAt: user.last_seen_at,
  };
}
