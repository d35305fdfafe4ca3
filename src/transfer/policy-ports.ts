import type { Policy } from './policy.ts';

/** One of the operator's policies. */
export interface StoredPolicy {
  readonly pattern: string;
  /** What makes two patterns one. */
  readonly key: string;
  readonly policy: Policy;
}

/** What quotas count of a client. */
export interface ClientUsage {
  /** Verified files, and their bytes. */
  readonly files: number;
  readonly bytes: number;
  /** What is claimed beside them: uploads that are not finished, and v3 files that nobody has confirmed. */
  readonly claimedFiles: number;
  readonly claimedBytes: number;
}

/** The operator's policies, and what clients use. Storage implements it; a contract suite holds it to what is said here. */
export interface PolicyStore {
  list(): Promise<readonly StoredPolicy[]>;
  /** Makes one, or puts it in the place of the one with this key. */
  save(policy: StoredPolicy, now: number): Promise<void>;
  /** @returns false where there is none with this key */
  remove(key: string): Promise<boolean>;
  /** @returns the client's name and what it uses; undefined where there is no such client */
  usageOf(nameKey: string): Promise<(ClientUsage & { readonly name: string }) | undefined>;
}
