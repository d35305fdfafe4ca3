import {
  amountOf,
  POLICY_FIELDS,
  type Policy,
  type PolicyField,
  type PolicyOrigin,
} from '../transfer/policy.ts';
import type { PolicyDesk } from '../transfer/policy-desk.ts';
import type { ControlRequest } from './control-protocol.ts';

/** A policy as `sesamed policies ls` shows it; also its JSON. */
export interface PolicyListing {
  readonly pattern: string;
  readonly from: PolicyOrigin;
  readonly policy: Policy;
}

/** What holds for a client, as `sesamed policies show` has it; also its JSON. */
export interface ClientPolicyListing {
  readonly client: string;
  /** Null where nothing is said, or `none`: no limit; `write-only` then: as it joined. */
  readonly holds: Readonly<Record<PolicyField, { readonly value: unknown; readonly from: string | null }>>;
  readonly files: number;
  readonly bytes: number;
  /** Of uploads that are not finished. */
  readonly claimed_files: number;
  readonly claimed_bytes: number;
}

export type PolicyRequest = Extract<ControlRequest, { op: `policies.${string}` }>;

/** Policies and quotas. @throws `bad-setting`; `not-found` */
export async function carryOutOnPolicies(request: PolicyRequest, desk: PolicyDesk): Promise<unknown> {
  const { book } = desk;
  switch (request.op) {
    case 'policies.ls':
      return book
        .list()
        .map(({ pattern, origin, policy }): PolicyListing => ({ pattern, from: origin, policy }));
    case 'policies.set': {
      const { pattern, policy } = await book.set(request.pattern, request.policy, request.unset);
      return { pattern, from: 'operator', policy } satisfies PolicyListing;
    }
    case 'policies.rm':
      return { removed: await book.remove(request.pattern) };
    case 'policies.show':
      return show(request.client, desk);
  }
}

async function show(client: string, desk: PolicyDesk): Promise<ClientPolicyListing> {
  const { name, limits, usage } = await desk.show(client);
  const { storage, maxFile, maxRate, writeOnly, sources } = limits;
  const values: Readonly<Record<PolicyField, unknown>> = {
    'max-bytes': amountOf(storage.maxBytes),
    'max-files': amountOf(storage.maxFiles),
    'max-file': amountOf(maxFile),
    'max-rate': amountOf(maxRate),
    'write-only': writeOnly,
    'append-only': storage.appendOnly,
    conflict: storage.conflict,
  };
  const held = POLICY_FIELDS.map((field) => {
    const source = sources[field];
    const from = source && (source.origin === 'file' ? `${source.pattern} (file)` : source.pattern);
    return [field, { value: values[field], from }] as const;
  });
  return {
    client: name,
    // Each field once.
    holds: Object.fromEntries(held) as ClientPolicyListing['holds'],
    files: usage.files,
    bytes: usage.bytes,
    claimed_files: usage.claimedFiles,
    claimed_bytes: usage.claimedBytes,
  };
}
