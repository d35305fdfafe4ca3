import type { FastifyInstance } from 'fastify';
import { SECOND } from '../../base/clock.ts';
import type { GateDesk } from '../../gate/gate-desk.ts';
import type { GuardDesk } from '../../guard/guard-desk.ts';
import { addRoute } from '../api-route.ts';
import type { Security } from '../security-types.ts';
import type { AuditTrail } from '../audit-trail.ts';
import { nameOf } from '../caller.ts';
import type { ConsoleParts } from '../console-parts.ts';
import * as schemas from '../security-schemas.ts';

const LISTED = 500;

/** The guard and the gate, as operators see and change them (HTTP.md 4). */
export function securityRoutes(app: FastifyInstance, parts: ConsoleParts, audit: AuditTrail): void {
  const { guard, gate } = parts;

  addRoute(app, {
    method: 'GET',
    path: '/api/security',
    summary: 'The guard and the gate',
    audience: 'viewer',
    status: 200,
    result: schemas.security,
    carryOut: () => Promise.resolve({ guard: guardState(guard), gate: gateState(gate) }),
  });

  addRoute(app, {
    method: 'POST',
    path: '/api/guard/block',
    summary: 'Shut somebody out for a while',
    audience: 'operator',
    body: schemas.blockRequest,
    status: 200,
    result: schemas.newBlock,
    async carryOut({ body: { who, seconds, reason }, request }) {
      const asker = guard.askerOf(request.address, nameOf(request.caller) ?? '');
      const block = await guard.block({ who, time: seconds * SECOND, reason, asker });
      const detail = `${seconds} s${reason === null ? '' : `, ${reason}`}`;
      await audit.done(request, { action: 'guard.block', target: block.who, detail });
      return block;
    },
  });

  addRoute(app, {
    method: 'DELETE',
    path: '/api/guard/block',
    summary: 'Let somebody back in, and forget the score',
    audience: 'operator',
    query: schemas.blockQuery,
    status: 204,
    async carryOut({ query: { who }, request }) {
      const target = await guard.unblock(who);
      await audit.done(request, { action: 'guard.unblock', target });
    },
  });

  addRoute(app, {
    method: 'POST',
    path: '/api/guard/pin',
    summary: 'Make a new recovery PIN',
    audience: 'operator',
    status: 201,
    result: schemas.newPin,
    async carryOut({ request }) {
      const pin = await guard.newPin();
      await audit.done(request, { action: 'guard.pin' });
      return { pin };
    },
  });

  addRoute(app, {
    method: 'POST',
    path: '/api/gate/open',
    summary: 'Let an address in, as if it had knocked',
    audience: 'operator',
    body: schemas.openRequest,
    status: 200,
    result: schemas.opening,
    async carryOut({ body: { address, seconds }, request }) {
      const by = `operator ${nameOf(request.caller) ?? ''}`;
      const opening = await gate.open(address, seconds === null ? null : seconds * SECOND, by);
      const detail = `${opening.seconds_left} s`;
      await audit.done(request, { action: 'gate.open', target: opening.address, detail });
      return opening;
    },
  });

  addRoute(app, {
    method: 'DELETE',
    path: '/api/gate/open',
    summary: 'Let an address in no longer; what stands goes on',
    audience: 'operator',
    query: schemas.openQuery,
    status: 204,
    async carryOut({ query: { address }, request }) {
      const target = await gate.close(address, `operator ${nameOf(request.caller) ?? ''}`);
      await audit.done(request, { action: 'gate.close', target });
    },
  });
}

function guardState(guard: GuardDesk): Security['guard'] {
  const { warnAt, blockAt, halfLife, blockTime, maxBlockTime } = guard.rules;
  const entries = guard.list();
  return {
    state: guard.isOn ? 'on' : 'off',
    rules: {
      warn_at: warnAt,
      block_at: blockAt,
      half_life: halfLife / SECOND,
      block_time: blockTime / SECOND,
      max_block_time: maxBlockTime / SECOND,
    },
    tracked: entries.length,
    blocked: entries.filter(({ state }) => state === 'blocked').length,
    entries: entries.slice(0, LISTED),
    more: entries.length > LISTED,
  };
}

function gateState(gate: GateDesk): Security['gate'] {
  const rest = { port: gate.port, open_time: gate.openTime / SECOND };
  if (gate.keeper === null) return { state: 'off', driver: null, fault: null, open: [], ...rest };
  return { state: 'shut', ...gate.list(), ...rest };
}
