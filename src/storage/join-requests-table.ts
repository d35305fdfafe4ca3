import type { Database, Statement } from 'better-sqlite3';
import { MINUTE } from '../base/clock.ts';
import { SesameError } from '../base/errors.ts';
import type {
  Asking,
  JoinBounds,
  JoinRequest,
  JoinRequestStore,
  NewJoinRequest,
} from '../transfer/join-ports.ts';
import type { Machine } from '../transfer/machine-ports.ts';
import type { MachinesTable } from './machines-table.ts';

/** Of a machine that asks every few seconds it is written no more often that it was heard of, ms. */
const HEARD_STEP = MINUTE;

type Row = JoinRequest & { readonly nameKey: string };
type Approval = Parameters<JoinRequestStore['approve']>;

const COLUMNS = `spki, name, name_key AS nameKey, address,
  asked_at AS askedAt, heard_at AS heardAt, denied_at AS deniedAt`;

/** The table `join_requests`; methods as in `JoinRequestStore`, synchronous. */
export class JoinRequestsTable {
  readonly #list: Statement<[number], Row>;
  readonly #deny: Statement<[Record<string, unknown>]>;
  readonly #ask: JoinRequestsTable['ask'];
  readonly #approve: JoinRequestsTable['approve'];

  constructor(db: Database, machines: MachinesTable) {
    this.#list = db.prepare(`
      SELECT ${COLUMNS} FROM join_requests WHERE coalesce(denied_at, asked_at) > ?
      ORDER BY denied_at IS NOT NULL, asked_at, spki`);
    this.#deny = db.prepare(
      'UPDATE join_requests SET denied_at = :now WHERE spki = :spki AND name_key = :nameKey',
    );
    this.#ask = asking(db, machines);
    const find = db.prepare<[Record<string, unknown>]>(
      'SELECT 1 FROM join_requests WHERE spki = :spki AND name_key = :nameKey',
    );
    const approve = db.transaction((...[which, client, now, deadBefore]: Approval): Machine | undefined => {
      if (!find.get(which)) return undefined;
      const joined = machines.add({ ...client, spki: which.spki, keyless: false }, now, deadBefore);
      if (joined) return joined;
      throw new SesameError(
        'name-taken',
        `a client, or a join line, has the name "${client.name}" already: --name gives this machine another`,
      );
    });
    this.#approve = (...call) => approve.immediate(...call);
  }

  ask(request: NewJoinRequest, bounds: JoinBounds, now: number): Asking {
    return this.#ask(request, bounds, now);
  }

  list({ lifetime }: JoinBounds, now: number): readonly JoinRequest[] {
    return this.#list.all(now - lifetime).map(({ nameKey: _, ...request }) => request);
  }

  approve(...call: Approval): Machine | undefined {
    return this.#approve(...call);
  }

  deny(which: Approval[0], now: number): boolean {
    return this.#deny.run({ ...which, now }).changes === 1;
  }
}

/** Who asks in vain costs reads alone: nothing is written where nothing changes. */
function asking(db: Database, machines: MachinesTable): JoinRequestsTable['ask'] {
  const forget = db.prepare<[number]>('DELETE FROM join_requests WHERE coalesce(denied_at, asked_at) <= ?');
  const find = db.prepare<[Uint8Array], Row>(`SELECT ${COLUMNS} FROM join_requests WHERE spki = ?`);
  const count = db.prepare<[], number>('SELECT count(*) FROM join_requests').pluck();
  const countOfSource = db
    .prepare<[string], number>('SELECT count(*) FROM join_requests WHERE source = ?')
    .pluck();
  const dropDenied = db.prepare<[{ readonly source: string | null }]>(`
    DELETE FROM join_requests WHERE spki = (
      SELECT spki FROM join_requests WHERE denied_at IS NOT NULL AND source = coalesce(:source, source)
      ORDER BY denied_at LIMIT 1)`);
  // Of networks with as many, the one whose newest is the newest.
  const dropNewest = db.prepare<[{ readonly network: string }]>(`
    DELETE FROM join_requests WHERE spki = (
      SELECT spki FROM join_requests WHERE network = (
        SELECT network FROM join_requests GROUP BY network
        HAVING count(*) > 1 + (SELECT count(*) FROM join_requests WHERE network = :network)
        ORDER BY count(*) DESC, max(asked_at) DESC, network LIMIT 1)
      ORDER BY asked_at DESC, spki LIMIT 1)`);
  const save = db.prepare<[Record<string, unknown>]>(`
    INSERT INTO join_requests (spki, name, name_key, address, source, network, asked_at, heard_at)
    VALUES (:spki, :name, :nameKey, :address, :source, :network, :now, :now)
    ON CONFLICT (spki) DO UPDATE
      SET name = :name, name_key = :nameKey, address = :address, source = :source, network = :network, heard_at = :now`);
  const ask = db.transaction((request: NewJoinRequest, bounds: JoinBounds, now: number): Asking => {
    const { spki, name, address, source, network } = request;
    if (machines.findBySpki(spki)) return 'known';
    forget.run(now - bounds.lifetime);
    const before = find.get(spki);
    if (before !== undefined && before.deniedAt !== null) return 'denied';
    const isSame = before?.name === name && before.address === address;
    if (isSame && now - before.heardAt < HEARD_STEP) return 'waiting';
    const hasRoom =
      before !== undefined ||
      (((countOfSource.get(source) ?? 0) < bounds.ofSource || dropDenied.run({ source }).changes > 0) &&
        ((count.get() ?? 0) < bounds.all ||
          dropDenied.run({ source: null }).changes > 0 ||
          dropNewest.run({ network }).changes > 0));
    if (!hasRoom) return 'full';
    save.run({ ...request, now });
    return before ? 'waiting' : 'new';
  });
  return (...call) => ask.immediate(...call);
}
