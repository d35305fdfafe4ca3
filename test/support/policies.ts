// Policies for engines without a server: those of a file alone, unless a test sets more.
import { PolicyBook } from '../../src/transfer/policy-book.ts';
import type { PolicyStore, StoredPolicy } from '../../src/transfer/policy-ports.ts';
import type { Policy, PolicyDefaults } from '../../src/transfer/policy.ts';

/** One that forgets all when it is gone. */
export function memoryStore(): PolicyStore {
  const kept = new Map<string, StoredPolicy>();
  return {
    list: async () => Array.from(kept.values()),
    save: async (policy) => {
      kept.set(policy.key, policy);
    },
    remove: async (key) => kept.delete(key),
    usageOf: async () => undefined,
  };
}

export function somePolicies(
  file: Readonly<Record<string, Policy>> = {},
  defaults: Partial<PolicyDefaults> = {},
  store = memoryStore(),
): Promise<PolicyBook> {
  return PolicyBook.open({
    store,
    clock: { now: () => 1000 },
    defaults: { maxUpload: Infinity, conflict: 'replace', ...defaults },
    file: Object.entries(file).map(([pattern, policy]) => ({ pattern, policy })),
  });
}
