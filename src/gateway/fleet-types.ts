/**
 * What the API says of policies and quotas (HTTP.md 4): types that the console shares, as those of api-types.ts.
 */

/** `none`: no limit, whatever a wider policy says. Null: the policy says nothing of it. */
export type PolicyAmount = number | 'none' | null;

export type PolicyConflict = 'replace' | 'version' | 'refuse';

/** What a policy says. Bytes, files, bytes a second. */
export interface PolicyFields {
  readonly max_bytes: PolicyAmount;
  readonly max_files: PolicyAmount;
  readonly max_file: PolicyAmount;
  readonly max_rate: PolicyAmount;
  readonly write_only: boolean | null;
  readonly append_only: boolean | null;
  readonly conflict: PolicyConflict | null;
}

export interface ListedPolicy extends PolicyFields {
  readonly pattern: string;
  /** `file`: of sesame.toml, and to be changed there. */
  readonly origin: 'operator' | 'file';
}

/** `GET /api/policies`, in the order in which they are asked. */
export interface PolicyList {
  readonly policies: readonly CountedPolicy[];
}

export interface CountedPolicy extends ListedPolicy {
  /** How many clients its pattern matches; null where there are too many of both to count. */
  readonly clients: number | null;
}

/** `GET /api/policies/clients?pattern=`: the first 200 in the order of their names, and how many there are. */
export interface MatchingClients {
  readonly total: number;
  readonly names: readonly string[];
}

/** `PUT /api/policies`: fields that are missing stay as they are, and null takes what the policy says away. */
export type PolicyChange = { readonly pattern: string } & Partial<PolicyFields>;

/** What holds for one field, and which policy says so; null where none does. */
export interface Held<Value> {
  readonly value: Value;
  readonly pattern: string | null;
  readonly origin: 'operator' | 'file' | null;
}

/** `GET /api/clients/policy?name=`. A limit is null where there is none, `write_only` where it is as the client joined. */
export interface ClientPolicy {
  readonly name: string;
  readonly max_bytes: Held<number | null>;
  readonly max_files: Held<number | null>;
  readonly max_file: Held<number | null>;
  readonly max_rate: Held<number | null>;
  readonly write_only: Held<boolean | null>;
  readonly append_only: Held<boolean>;
  readonly conflict: Held<PolicyConflict>;
  readonly files: number;
  readonly bytes: number;
  /** Of uploads that are not finished. */
  readonly claimed_files: number;
  readonly claimed_bytes: number;
}
