import type { Database, Statement } from 'better-sqlite3';
import type { FleetJoining, FleetLine, FleetLineStore, NewFleetLine } from '../transfer/join-ports.ts';
import { NamePattern } from '../transfer/name-pattern.ts';
import type { RowId } from '../transfer/ports.ts';
import { clientNameKey } from '../transfer/storage-path.ts';
import type { MachinesTable } from './machines-table.ts';

interface Row extends Omit<FleetLine, 'writeOnly'> {
  readonly writeOnly: number;
}

type Joining = Parameters<FleetLineStore['join']>;

const COLUMNS = `row, pattern, write_only AS writeOnly, uses, uses_left AS usesLeft,
  made_at AS madeAt, expires_at AS expiresAt`;

/** Of a fleet line, in terms of `:now`. */
export const IS_GOOD = 'uses_left > 0 AND expires_at > :now';

/** The table `fleet_lines`; methods as in `FleetLineStore`, synchronous. */
export class FleetLinesTable {
  readonly #list: Statement<[{ readonly now: number }], Row>;
  readonly #drop: Statement<[RowId], Row>;
  readonly #add: FleetLinesTable['add'];
  readonly #join: FleetLinesTable['join'];

  constructor(db: Database, machines: MachinesTable) {
    this.#list = db.prepare(`SELECT ${COLUMNS} FROM fleet_lines WHERE ${IS_GOOD} ORDER BY row`);
    this.#drop = db.prepare(`DELETE FROM fleet_lines WHERE row = ? RETURNING ${COLUMNS}`);
    const dropOver = db.prepare<[{ readonly now: number }]>(`DELETE FROM fleet_lines WHERE NOT (${IS_GOOD})`);
    const insert = db.prepare<[Record<string, unknown>], Row>(`
      INSERT INTO fleet_lines (hash, pattern, write_only, uses, uses_left, made_at, expires_at)
      VALUES (:hash, :pattern, :writeOnly, :uses, :uses, :madeAt, :expiresAt) RETURNING ${COLUMNS}`);
    this.#add = db.transaction((line: NewFleetLine): FleetLine => {
      dropOver.run({ now: line.madeAt });
      const added = insert.get({ ...line, writeOnly: Number(line.writeOnly) });
      if (!added) throw new Error('a row that was inserted is not there');
      return toLine(added);
    });
    const find = db.prepare<[Record<string, unknown>], Row>(
      `SELECT ${COLUMNS} FROM fleet_lines WHERE hash = :tokenHash AND ${IS_GOOD}`,
    );
    const use = db.prepare<[RowId]>('UPDATE fleet_lines SET uses_left = uses_left - 1 WHERE row = ?');
    const join = db.transaction((...[machine, tokenHash, now, deadBefore]: Joining): FleetJoining => {
      const known = machines.findBySpki(machine.spki);
      if (known) return { outcome: 'joined', machine: known };
      const line = find.get({ tokenHash, now });
      if (!line) return { outcome: 'unknown' };
      const { id, spki, name } = machine;
      if (name === null || !new NamePattern(line.pattern).matches(name)) return { outcome: 'bad-name' };
      const client = { id, spki, name, nameKey: clientNameKey(name), writeOnly: line.writeOnly === 1 };
      const joined = machines.add({ ...client, keyless: false, joinedBy: line.row }, now, deadBefore);
      if (!joined) return { outcome: 'name-taken' };
      use.run(line.row);
      return { outcome: 'joined', machine: joined };
    });
    this.#join = (...call) => join.immediate(...call);
  }

  add(line: NewFleetLine): FleetLine {
    return this.#add(line);
  }

  list(now: number): readonly FleetLine[] {
    return this.#list.all({ now }).map(toLine);
  }

  drop(row: RowId): FleetLine | undefined {
    const dropped = this.#drop.get(row);
    return dropped && toLine(dropped);
  }

  join(...call: Joining): FleetJoining {
    return this.#join(...call);
  }
}

function toLine(row: Row): FleetLine {
  return { ...row, writeOnly: row.writeOnly === 1 };
}
