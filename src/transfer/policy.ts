import { NamePattern } from './name-pattern.ts';
import type { ConflictPolicy, StorageRules } from './upload-ports.ts';

/** `none`: no limit, whatever a wider policy says. */
export type Amount = number | 'none';

/** What a policy says (FLEET.md 2); what it does not say is missing. Bytes, files, bytes a second. */
export interface Policy {
  readonly 'max-bytes'?: Amount | undefined;
  readonly 'max-files'?: Amount | undefined;
  readonly 'max-file'?: Amount | undefined;
  readonly 'max-rate'?: Amount | undefined;
  readonly 'write-only'?: boolean | undefined;
  readonly 'append-only'?: boolean | undefined;
  readonly conflict?: ConflictPolicy | undefined;
}

export type PolicyField = keyof Policy;

export const POLICY_FIELDS = [
  'max-bytes',
  'max-files',
  'max-file',
  'max-rate',
  'write-only',
  'append-only',
  'conflict',
] as const satisfies readonly PolicyField[];

/** Who made a policy: the operator is asked first. */
export type PolicyOrigin = 'operator' | 'file';

export interface PolicyEntry {
  readonly pattern: string;
  readonly policy: Policy;
}

/** Where what holds for a field comes from. */
export interface PolicySource {
  readonly pattern: string;
  readonly origin: PolicyOrigin;
}

/** What holds where no policy says anything: settings of the server. */
export interface PolicyDefaults {
  /** Bytes; Infinity for none. */
  readonly maxUpload: number;
  readonly conflict: ConflictPolicy;
}

/** What holds for one client. Limits that there are not are Infinity. */
export interface ClientLimits {
  /** What the ledger decides by; the same object for as long as nothing changes. */
  readonly storage: StorageRules;
  /** Bytes. */
  readonly maxFile: number;
  /** Bytes a second. */
  readonly maxRate: number;
  /** Null: as it joined. */
  readonly writeOnly: boolean | null;
  /** Null where no policy says it. */
  readonly sources: Readonly<Record<PolicyField, PolicySource | null>>;
}

/** Whether there is a quota at all. */
export function isLimited({ maxBytes, maxFiles }: StorageRules): boolean {
  return maxBytes !== Infinity || maxFiles !== Infinity;
}

/** A limit where Infinity cannot be said: null is none. */
export function amountOf(limit: number): number | null {
  return limit === Infinity ? null : limit;
}

/** A policy, ready to be held against names. */
export interface RankedPolicy {
  readonly pattern: NamePattern;
  readonly origin: PolicyOrigin;
  readonly policy: Policy;
}

/** @throws `bad-setting` for a pattern that is none */
export function rankable(entries: readonly PolicyEntry[], origin: PolicyOrigin): RankedPolicy[] {
  return entries.map(({ pattern, policy }) => ({ pattern: new NamePattern(pattern), origin, policy }));
}

/** In the order in which they are asked (FLEET.md 2). */
export function ranked(policies: readonly RankedPolicy[]): readonly RankedPolicy[] {
  return policies.toSorted(
    (a, b) =>
      Number(b.pattern.isExact) - Number(a.pattern.isExact) ||
      (a.pattern.isExact ? 0 : b.pattern.weight - a.pattern.weight) ||
      Number(a.origin === 'file') - Number(b.origin === 'file') ||
      Buffer.compare(Buffer.from(a.pattern.key), Buffer.from(b.pattern.key)),
  );
}

/** @param asked as `ranked` has them */
export function limitsFrom(
  asked: readonly RankedPolicy[],
  clientName: string,
  { maxUpload, conflict }: PolicyDefaults,
): ClientLimits {
  const matching = asked.filter(({ pattern }) => pattern.matches(clientName));
  const said = <F extends PolicyField>(
    field: F,
  ): { readonly value: Exclude<Policy[F], undefined>; readonly source: PolicySource } | null => {
    for (const { pattern, origin, policy } of matching) {
      const value = policy[field];
      if (value === undefined) continue;
      return { value: value as Exclude<Policy[F], undefined>, source: { pattern: pattern.text, origin } };
    }
    return null;
  };
  const amount = (field: 'max-bytes' | 'max-files' | 'max-file' | 'max-rate', otherwise: number): number => {
    const value = said(field)?.value ?? otherwise;
    return value === 'none' ? Infinity : value;
  };
  return {
    storage: {
      conflict: said('conflict')?.value ?? conflict,
      appendOnly: said('append-only')?.value ?? false,
      maxBytes: amount('max-bytes', Infinity),
      maxFiles: amount('max-files', Infinity),
    },
    maxFile: amount('max-file', maxUpload),
    maxRate: amount('max-rate', Infinity),
    writeOnly: said('write-only')?.value ?? null,
    // Each field once.
    sources: Object.fromEntries(
      POLICY_FIELDS.map((field) => [field, said(field)?.source ?? null]),
    ) as ClientLimits['sources'],
  };
}
