import type { FastifyInstance } from 'fastify';
import { DAY } from '../../base/clock.ts';
import { SesameError } from '../../base/errors.ts';
import type { PolicyBook } from '../../transfer/policy-book.ts';
import { amountOf } from '../../transfer/policy.ts';
import type { ClientSummary } from '../../transfer/ports.ts';
import { watchListings } from '../../transfer/watch-listing.ts';
import { addRoute } from '../api-route.ts';
import { named } from '../api-schemas.ts';
import * as schemas from '../client-schemas.ts';
import type { Client } from '../client-types.ts';
import type { AuditTrail } from '../audit-trail.ts';
import type { ConsoleParts } from '../console-parts.ts';
import { isoTime, isoTimeOrNull } from '../iso-time.ts';

/** Machines that send files: who they are, and how they are shut out (HTTP.md 4). */
export function clientRoutes(app: FastifyInstance, parts: ConsoleParts, audit: AuditTrail): void {
  const { clients, registrar, registry, tokens, watchReports, policies } = parts;
  const listed = async (): Promise<Client[]> => {
    const [all, watches] = await Promise.all([clients.list(), watchListings(watchReports)]);
    return all.map((client) => ({
      ...describe(client, registry.isLive(client.row), policies.book),
      watch: watches.get(client.row) ?? null,
    }));
  };

  addRoute(app, {
    method: 'GET',
    path: '/api/clients',
    summary: 'All clients, and join lines that nobody has used yet',
    audience: 'viewer',
    status: 200,
    result: schemas.clientList,
    async carryOut() {
      const [all, lines] = await Promise.all([listed(), registrar.joinLines()]);
      return {
        clients: all,
        join_lines: lines.map(({ name, writeOnly, expiresAt }) => ({
          name,
          write_only: writeOnly,
          expires: isoTime(expiresAt),
        })),
      };
    },
  });

  addRoute(app, {
    method: 'GET',
    path: '/api/client',
    summary: 'One client',
    audience: 'viewer',
    query: named,
    status: 200,
    result: schemas.client,
    async carryOut({ query: { name } }) {
      const found = (await listed()).find((client) => client.name === name);
      if (!found) throw new SesameError('not-found', `no client is called "${name}"`);
      return found;
    },
  });

  addRoute(app, {
    method: 'POST',
    path: '/api/clients/revoke',
    summary: 'Shut a client out, and end what it does at this moment',
    audience: 'operator',
    body: named,
    status: 204,
    async carryOut({ body: { name }, request }) {
      if (!(await registrar.revoke(name))) {
        throw new SesameError('not-found', `no client that can be revoked is called "${name}"`);
      }
      await audit.done(request, { action: 'client.revoke', target: name });
    },
  });

  addRoute(app, {
    method: 'GET',
    path: '/api/tokens',
    summary: 'Access tokens, without their secrets',
    audience: 'viewer',
    status: 200,
    result: schemas.tokenList,
    async carryOut() {
      const all = await tokens.list();
      return {
        tokens: all.map(({ row, client, createdAt, lastUsedAt, expiresAt }) => ({
          id: String(row),
          client,
          created: isoTime(createdAt),
          last_used: isoTimeOrNull(lastUsedAt),
          expires: isoTimeOrNull(expiresAt),
        })),
      };
    },
  });

  addRoute(app, {
    method: 'POST',
    path: '/api/tokens',
    summary: 'Make an access token for a client, and the client where there is none',
    audience: 'operator',
    body: schemas.tokenRequest,
    status: 201,
    result: schemas.newToken,
    async carryOut({ body: { client, write_only: writeOnly, expires_days: days }, request }) {
      const added = await tokens.add(client, { writeOnly, lifetime: days === null ? null : days * DAY });
      await audit.done(request, { action: 'token.add', target: added.client });
      const { row, token, expiresAt } = added;
      return { id: String(row), client: added.client, token, expires: isoTimeOrNull(expiresAt) };
    },
  });

  addRoute(app, {
    method: 'DELETE',
    path: '/api/token',
    summary: 'An access token is good no longer',
    audience: 'operator',
    query: schemas.tokenId,
    status: 204,
    async carryOut({ query: { id }, request }) {
      const client = await tokens.remove(id);
      await audit.done(request, { action: 'token.remove', target: client });
    },
  });
}

function describe(client: ClientSummary, connected: boolean, policies: PolicyBook): Omit<Client, 'watch'> {
  const isV3 = client.machine === null;
  return {
    name: client.name,
    id: Buffer.from(client.id).toString('hex'),
    protocol: isV3 ? 3 : client.keyless ? 'http' : 4,
    state: client.machine ?? (client.hasKey ? 'keyed' : 'registered'),
    registered: isoTime(client.registeredAt),
    last_seen: isoTime(client.lastSeenAt),
    connected,
    write_only: policies.isWriteOnly(client),
    dialect: isV3 ? client.crc : null,
    receipts: client.receipts,
    files: client.verifiedFiles,
    bytes: client.verifiedBytes,
    joined_by: client.joinedBy === null ? null : String(client.joinedBy),
    quota_bytes: amountOf(policies.limitsOf(client.name).storage.maxBytes),
    quota_files: amountOf(policies.limitsOf(client.name).storage.maxFiles),
  };
}
