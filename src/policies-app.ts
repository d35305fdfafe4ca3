import type { Clock } from './base/clock.ts';
import type { Settings } from './config/settings.ts';
import type { Reloadable } from './reload.ts';
import { PolicyBook } from './transfer/policy-book.ts';
import type { PolicyStore } from './transfer/policy-ports.ts';
import type { PolicyDefaults, PolicyEntry } from './transfer/policy.ts';

/** All policies: those of the settings, and the operator's. @throws `bad-setting` */
export function openPolicies(settings: Settings, store: PolicyStore, clock: Clock): Promise<PolicyBook> {
  return PolicyBook.open({ store, clock, defaults: policyDefaults(settings), file: filePolicies(settings) });
}

/** What holds where no policy says it. */
export function policyDefaults(settings: Settings): PolicyDefaults {
  return { maxUpload: settings['max-upload'] ?? Infinity, conflict: settings.conflict };
}

/** The policies of `sesame.toml`, or of `--policies`. */
export function filePolicies({ policies }: Settings): readonly PolicyEntry[] {
  return Object.entries(policies).map(([pattern, policy]) => ({ pattern, policy }));
}

/** Those of the settings are others after a reload. */
export function reloadablePolicies(book: PolicyBook): Reloadable {
  return {
    prepare: (next) => ({
      commit: () => {
        book.replaceDefaults(policyDefaults(next));
        book.replaceFilePolicies(filePolicies(next));
      },
    }),
  };
}
