import { SesameError } from '../base/errors.ts';
import type { PolicyBook } from './policy-book.ts';
import type { ClientUsage, PolicyStore } from './policy-ports.ts';
import type { ClientLimits, Policy, PolicyField } from './policy.ts';
import { clientNameKey } from './storage-path.ts';

/** What holds for a client, and how much of it is used. */
export interface ClientPolicy {
  readonly name: string;
  readonly limits: ClientLimits;
  readonly usage: ClientUsage;
}

/** Policies as the operator sees and changes them, on whichever way. */
export class PolicyDesk {
  readonly book: PolicyBook;
  readonly #store: Pick<PolicyStore, 'usageOf'>;

  constructor(book: PolicyBook, store: Pick<PolicyStore, 'usageOf'>) {
    this.book = book;
    this.#store = store;
  }

  /** @throws `not-found` */
  async show(client: string): Promise<ClientPolicy> {
    const found = await this.#store.usageOf(clientNameKey(client));
    if (!found) {
      throw new SesameError(
        'not-found',
        `no client is called "${client}": sesamed clients ls shows them all`,
      );
    }
    const { name, ...usage } = found;
    return { name, limits: this.book.limitsOf(name), usage };
  }
}

/** What a change says, for the audit trail: `max-bytes=10737418240 conflict=version, not max-file`. */
export function policyChangeText(said: Policy, unset: readonly PolicyField[]): string {
  const named = Object.entries(said).map(([field, value]) => `${field}=${String(value)}`);
  return [named.join(' '), ...unset.map((field) => `not ${field}`)].filter(Boolean).join(', ');
}
