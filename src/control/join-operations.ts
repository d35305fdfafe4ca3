import { SesameError } from '../base/errors.ts';
import type { FleetLine } from '../transfer/join-ports.ts';
import type { AskingMachine } from '../transfer/join-queue.ts';
import type { RowId } from '../transfer/ports.ts';
import { joinLine } from '../transfer/join-line.ts';
import type { MachineRegistrar } from '../transfer/machine-registrar.ts';
import type { JoinToken } from '../transfer/machine-ports.ts';
import type { ControlRequest } from './control-protocol.ts';

const FLEET_ID = /^fleet:(\d{1,15})$/;

/** What operations on joining work with. */
export interface JoinOperator {
  readonly registrar: MachineRegistrar;
  /** `HOST:PORT` under which clients reach this server. */
  readonly address: string;
  readonly serverPin: string;
}

/** A machine that asks to join, as `sesamed clients waiting` shows it; also its JSON. Times are ISO 8601. */
export interface RequestListing {
  readonly name: string;
  readonly fingerprint: string;
  readonly address: string;
  readonly asked: string;
  readonly heard: string;
  readonly denied: string | null;
}

/** A join line as `sesamed joins ls` shows it; also its JSON. No client name has a colon. */
export interface LineListing {
  /** `fleet:N`, or the name of its machine. */
  readonly id: string;
  /** A name, or a pattern. */
  readonly for: string;
  readonly write_only: boolean;
  readonly uses: number;
  readonly uses_left: number;
  readonly expires: string;
}

export interface JoinListing {
  readonly requests: readonly RequestListing[];
  readonly lines: readonly LineListing[];
}

export type JoiningRequest = Extract<ControlRequest, { op: `joins.${string}` }>;

/** Who joins, and by what. @throws `not-found`; `name-taken`; `bad-name`; `bad-setting` */
export async function carryOutOnJoins(
  request: JoiningRequest,
  { registrar, address, serverPin }: JoinOperator,
): Promise<unknown> {
  const { queue, fleet } = registrar;
  switch (request.op) {
    case 'joins.ls': {
      const [asking, single, many] = await Promise.all([queue.list(), registrar.joinLines(), fleet.list()]);
      const lines = [...single.map(ofOne), ...many.map(ofMany)];
      return { requests: asking.map(toRequestListing), lines } satisfies JoinListing;
    }
    case 'joins.approve': {
      const { id, name } = await queue.approve(request, request);
      return { approved: name, id: Buffer.from(id).toString('hex') };
    }
    case 'joins.deny':
      await queue.deny(request);
      return { denied: request.name };
    case 'joins.enroll': {
      const { pattern, uses, lifetime, address: wanted } = request;
      const { line, token } = await fleet.add(pattern, request);
      const text = joinLine(wanted ?? address, token, serverPin);
      return { id: fleetId(line.row), pattern, uses, line: text, expires_in_seconds: lifetime / 1000 };
    }
    case 'joins.rm': {
      const row = FLEET_ID.exec(request.id)?.[1];
      if (row !== undefined) await fleet.drop(Number(row));
      else if (!(await registrar.dropJoinLine(request.id))) {
        throw new SesameError('not-found', `no join line has the id "${request.id}": sesamed joins ls`);
      }
      return { removed: request.id };
    }
    case 'joins.revoke': {
      const row = FLEET_ID.exec(request.id)?.[1];
      if (row === undefined) {
        throw new SesameError('bad-setting', `"${request.id}" is no fleet line: they are called fleet:N`);
      }
      return { revoked: await registrar.revokeJoinedBy(Number(row)) };
    }
  }
}

function toRequestListing(request: AskingMachine): RequestListing {
  const { name, fingerprint, address, askedAt, heardAt, deniedAt } = request;
  const denied = deniedAt === null ? null : iso(deniedAt);
  return { name, fingerprint, address, asked: iso(askedAt), heard: iso(heardAt), denied };
}

function ofOne({ name, writeOnly, expiresAt }: Omit<JoinToken, 'hash'>): LineListing {
  return { id: name, for: name, write_only: writeOnly, uses: 1, uses_left: 1, expires: iso(expiresAt) };
}

function ofMany(line: FleetLine): LineListing {
  const { pattern, writeOnly, uses, usesLeft, expiresAt } = line;
  return {
    ...{ id: fleetId(line.row), for: pattern, write_only: writeOnly, uses, uses_left: usesLeft },
    expires: iso(expiresAt),
  };
}

/** As operators call a fleet line. */
export function fleetId(row: RowId): string {
  return `fleet:${row}`;
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
