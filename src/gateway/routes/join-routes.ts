import type { FastifyInstance } from 'fastify';
import { HOUR } from '../../base/clock.ts';
import { SesameError } from '../../base/errors.ts';
import type * as Ports from '../../transfer/join-ports.ts';
import type { AskingMachine } from '../../transfer/join-queue.ts';
import { joinLine } from '../../transfer/join-line.ts';
import { addRoute } from '../api-route.ts';
import { named } from '../api-schemas.ts';
import type { AuditTrail } from '../audit-trail.ts';
import type { ConsoleParts } from '../console-parts.ts';
import { isoTime, isoTimeOrNull } from '../iso-time.ts';
import * as schemas from '../join-schemas.ts';
import type { FleetLine, JoinRequest } from '../join-types.ts';

/** How machines join: who asks to, and join lines for one machine and for many (HTTP.md 4). */
export function joinRoutes(app: FastifyInstance, parts: ConsoleParts, audit: AuditTrail): void {
  const { registrar } = parts;
  const { queue, fleet } = registrar;

  addRoute(app, {
    method: 'GET',
    path: '/api/joins',
    summary: 'Machines that ask to join, and join lines that are good yet',
    audience: 'viewer',
    status: 200,
    result: schemas.joins,
    async carryOut() {
      const [asking, single, many] = await Promise.all([queue.list(), registrar.joinLines(), fleet.list()]);
      return {
        requests: asking.map(toRequest),
        join_lines: single.map(({ name, writeOnly, expiresAt }) => ({
          name,
          write_only: writeOnly,
          expires: isoTime(expiresAt),
        })),
        fleet_lines: many.map(toFleetLine),
      };
    },
  });

  addRoute(app, {
    method: 'POST',
    path: '/api/joins/approve',
    summary: 'Let a machine join that asks to',
    audience: 'operator',
    body: schemas.approval,
    status: 200,
    result: schemas.approved,
    async carryOut({ body, request }) {
      const { id, name } = await queue.approve(body, { as: body.as, writeOnly: body.write_only });
      await audit.done(request, { action: 'client.approve', target: name, detail: body.fingerprint });
      return { name, id: Buffer.from(id).toString('hex') };
    },
  });

  addRoute(app, {
    method: 'POST',
    path: '/api/joins/deny',
    summary: 'Refuse a machine that asks to join, for a day',
    audience: 'operator',
    body: schemas.denial,
    status: 204,
    async carryOut({ body, request }) {
      await queue.deny(body);
      await audit.done(request, { action: 'client.deny', target: body.name, detail: body.fingerprint });
    },
  });

  addRoute(app, {
    method: 'POST',
    path: '/api/clients',
    summary: 'Make a join line for one machine',
    audience: 'operator',
    body: schemas.enrolment,
    status: 201,
    result: schemas.newJoinLine,
    async carryOut({ body: { name, write_only: writeOnly, expires_hours: hours }, request }) {
      const lifetime = hours * HOUR;
      const token = await registrar.enrol(name, { writeOnly, lifetime });
      await audit.done(request, { action: 'client.enroll', target: name });
      const line = joinLine(parts.address, token, parts.pin);
      return { name, line, expires: isoTime(Date.now() + lifetime) };
    },
  });

  addRoute(app, {
    method: 'DELETE',
    path: '/api/join-line',
    summary: 'A join line is good no longer',
    audience: 'operator',
    query: named,
    status: 204,
    async carryOut({ query: { name }, request }) {
      if (!(await registrar.dropJoinLine(name))) {
        throw new SesameError('not-found', `no join line waits for "${name}"`);
      }
      await audit.done(request, { action: 'join-line.drop', target: name });
    },
  });

  addRoute(app, {
    method: 'POST',
    path: '/api/fleet-lines',
    summary: 'Make a join line for many machines',
    audience: 'operator',
    body: schemas.fleetEnrolment,
    status: 201,
    result: schemas.newFleetLine,
    async carryOut({ body: { pattern, uses, write_only: writeOnly, expires_hours: hours }, request }) {
      const { line, token } = await fleet.add(pattern, { uses, writeOnly, lifetime: hours * HOUR });
      await audit.done(request, { action: 'fleet-line.add', target: pattern, detail: `${uses} uses` });
      const text = joinLine(parts.address, token, parts.pin);
      return { id: String(line.row), pattern, uses, line: text, expires: isoTime(line.expiresAt) };
    },
  });

  addRoute(app, {
    method: 'DELETE',
    path: '/api/fleet-line',
    summary: 'A join line for many is good no longer; who joined by it stays',
    audience: 'operator',
    query: schemas.fleetLineId,
    status: 204,
    async carryOut({ query: { id }, request }) {
      const { pattern } = await fleet.drop(id);
      await audit.done(request, { action: 'fleet-line.drop', target: pattern, detail: `fleet:${id}` });
    },
  });
}

function toRequest(request: AskingMachine): JoinRequest {
  const { name, fingerprint, address, askedAt, heardAt, deniedAt, expiresAt } = request;
  return {
    name,
    fingerprint,
    address,
    asked: isoTime(askedAt),
    heard: isoTime(heardAt),
    denied: isoTimeOrNull(deniedAt),
    expires: isoTime(expiresAt),
  };
}

function toFleetLine(line: Ports.FleetLine): FleetLine {
  const { row, pattern, writeOnly, uses, usesLeft, madeAt, expiresAt } = line;
  return {
    ...{ id: String(row), pattern, write_only: writeOnly, uses, uses_left: usesLeft },
    ...{ made: isoTime(madeAt), expires: isoTime(expiresAt) },
  };
}
