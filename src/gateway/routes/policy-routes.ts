import type { FastifyInstance } from 'fastify';
import { amountOf, POLICY_FIELDS, type Policy, type PolicyField } from '../../transfer/policy.ts';
import type { ListedPolicy } from '../../transfer/policy-book.ts';
import { policyChangeText, type ClientPolicy } from '../../transfer/policy-desk.ts';
import { addRoute } from '../api-route.ts';
import type { AuditTrail } from '../audit-trail.ts';
import type { ConsoleParts } from '../console-parts.ts';
import * as schemas from '../fleet-schemas.ts';
import type * as Api from '../fleet-types.ts';
import { countMatches, matchesOf, namesOf } from '../policy-matches.ts';

const MOST_NAMED = 200;

/** What clients may do, and how much (HTTP.md 4). */
export function policyRoutes(app: FastifyInstance, parts: ConsoleParts, audit: AuditTrail): void {
  const { policies, clients } = parts;

  addRoute(app, {
    method: 'GET',
    path: '/api/policies',
    summary: 'All policies, in the order in which they are asked',
    audience: 'viewer',
    status: 200,
    result: schemas.policyList,
    async carryOut() {
      const listed = policies.book.list();
      const counts = await countMatches(listed, await namesOf(clients));
      return { policies: listed.map((one, at) => ({ ...describe(one), clients: counts?.[at] ?? null })) };
    },
  });

  addRoute(app, {
    method: 'GET',
    path: '/api/policies/clients',
    summary: 'Which clients a pattern matches',
    audience: 'viewer',
    query: schemas.policyQuery,
    status: 200,
    result: schemas.matchingClients,
    async carryOut({ query: { pattern } }) {
      const names = matchesOf(pattern, await namesOf(clients));
      return { total: names.length, names: names.slice(0, MOST_NAMED) };
    },
  });

  addRoute(app, {
    method: 'PUT',
    path: '/api/policies',
    summary: 'Make or change one of the operator’s policies',
    audience: 'operator',
    body: schemas.policyChange,
    status: 200,
    result: schemas.listedPolicy,
    async carryOut({ body: { pattern, ...fields }, request }) {
      const { said, unset } = changeOf(fields);
      const made = await policies.book.set(pattern, said, unset);
      await audit.done(request, {
        action: 'policy.set',
        target: pattern,
        detail: policyChangeText(said, unset),
      });
      return describe({ ...made, origin: 'operator' });
    },
  });

  addRoute(app, {
    method: 'DELETE',
    path: '/api/policy',
    summary: 'Take away one of the operator’s policies',
    audience: 'operator',
    query: schemas.policyQuery,
    status: 204,
    async carryOut({ query: { pattern }, request }) {
      const target = await policies.book.remove(pattern);
      await audit.done(request, { action: 'policy.remove', target });
    },
  });

  addRoute(app, {
    method: 'GET',
    path: '/api/clients/policy',
    summary: 'What holds for a client, from which policy, and how much of it is used',
    audience: 'viewer',
    query: schemas.clientQuery,
    status: 200,
    result: schemas.clientPolicy,
    async carryOut({ query: { name } }) {
      return describeClient(await policies.show(name));
    },
  });
}

function describe({ pattern, origin, policy }: ListedPolicy): Api.ListedPolicy {
  return {
    pattern,
    origin,
    max_bytes: policy['max-bytes'] ?? null,
    max_files: policy['max-files'] ?? null,
    max_file: policy['max-file'] ?? null,
    max_rate: policy['max-rate'] ?? null,
    write_only: policy['write-only'] ?? null,
    append_only: policy['append-only'] ?? null,
    conflict: policy.conflict ?? null,
  };
}

/** Null takes away what the policy said. */
function changeOf(fields: { readonly [F in keyof Api.PolicyFields]?: Api.PolicyFields[F] | undefined }): {
  readonly said: Policy;
  readonly unset: readonly PolicyField[];
} {
  const given = POLICY_FIELDS.map((field) => [field, fields[apiName(field)]] as const);
  const said = given.filter(([, value]) => value !== undefined && value !== null);
  return {
    // The schema has checked each of them.
    said: Object.fromEntries(said),
    unset: given.flatMap(([field, value]) => (value === null ? [field] : [])),
  };
}

function apiName(field: PolicyField): keyof Api.PolicyFields {
  return field.replace('-', '_') as keyof Api.PolicyFields;
}

function describeClient({ name, limits, usage }: ClientPolicy): Api.ClientPolicy {
  const { storage, sources } = limits;
  const held = <Value>(field: PolicyField, value: Value): Api.Held<Value> => {
    const source = sources[field];
    return { value, pattern: source?.pattern ?? null, origin: source?.origin ?? null };
  };
  return {
    name,
    max_bytes: held('max-bytes', amountOf(storage.maxBytes)),
    max_files: held('max-files', amountOf(storage.maxFiles)),
    max_file: held('max-file', amountOf(limits.maxFile)),
    max_rate: held('max-rate', amountOf(limits.maxRate)),
    write_only: held('write-only', limits.writeOnly),
    append_only: held('append-only', storage.appendOnly),
    conflict: held('conflict', storage.conflict),
    files: usage.files,
    bytes: usage.bytes,
    claimed_files: usage.claimedFiles,
    claimed_bytes: usage.claimedBytes,
  };
}
