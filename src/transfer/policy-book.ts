import type { Clock } from '../base/clock.ts';
import { SesameError } from '../base/errors.ts';
import { KeyedMutex } from '../base/keyed-mutex.ts';
import { NamePattern } from './name-pattern.ts';
import {
  limitsFrom,
  POLICY_FIELDS,
  rankable,
  ranked,
  type ClientLimits,
  type Policy,
  type PolicyDefaults,
  type PolicyEntry,
  type PolicyField,
  type PolicyOrigin,
  type RankedPolicy,
} from './policy.ts';
import type { PolicyStore } from './policy-ports.ts';
import { PolicyRefusals } from './policy-refusals.ts';

/** Of the operator. */
const MOST_POLICIES = 1000;
/** Clients whose limits are remembered. */
const MOST_REMEMBERED = 10_000;

export interface ListedPolicy extends PolicyEntry {
  readonly origin: PolicyOrigin;
}

interface BookParts {
  readonly store: PolicyStore;
  readonly clock: Pick<Clock, 'now'>;
  readonly defaults: PolicyDefaults;
  /** Those of `sesame.toml`. */
  readonly file: readonly PolicyEntry[];
}

/** All policies that hold, and what they mean for each client (FLEET.md 2). Whoever asks it for each file sees every change. */
export class PolicyBook {
  readonly refusals = new PolicyRefusals();
  readonly #store: PolicyStore;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #turns = new KeyedMutex();
  readonly #remembered = new Map<string, ClientLimits>();
  #defaults: PolicyDefaults;
  #file: readonly RankedPolicy[];
  #operator: readonly RankedPolicy[];
  #asked: readonly RankedPolicy[] = [];

  private constructor({ store, clock, defaults, file }: BookParts, operator: readonly RankedPolicy[]) {
    this.#store = store;
    this.#clock = clock;
    this.#defaults = defaults;
    this.#operator = operator;
    this.#file = ofFile(file);
    this.#changed();
  }

  /** @throws `bad-setting` for a policy of the file that makes no sense */
  static async open(parts: BookParts): Promise<PolicyBook> {
    return new PolicyBook(parts, rankable(await parts.store.list(), 'operator'));
  }

  /** What holds for a client from its next file on. */
  limitsOf(clientName: string): ClientLimits {
    const known = this.#remembered.get(clientName);
    if (known) return known;
    if (this.#remembered.size >= MOST_REMEMBERED) this.#remembered.clear();
    const limits = limitsFrom(this.#asked, clientName, this.#defaults);
    this.#remembered.set(clientName, limits);
    return limits;
  }

  /** @param joined whether it joined so: no policy, made for other reasons, opens what its join line shut */
  isWriteOnly({ name, writeOnly: joined }: { readonly name: string; readonly writeOnly: boolean }): boolean {
    return joined || this.limitsOf(name).writeOnly === true;
  }

  /** In the order in which they are asked. */
  list(): readonly ListedPolicy[] {
    return this.#asked.map(toListed);
  }

  /**
   * Makes one of the operator's policies, or changes it: fields that are not named stay.
   *
   * @returns it as it then stands
   * @throws `bad-setting`
   */
  async set(pattern: string, said: Policy, unset: readonly PolicyField[] = []): Promise<PolicyEntry> {
    const wanted = new NamePattern(pattern);
    return this.#turns.run('', async () => {
      const others = this.#operator.filter((one) => one.pattern.key !== wanted.key);
      const before = this.#operator.find((one) => one.pattern.key === wanted.key);
      if (!before && others.length >= MOST_POLICIES) {
        throw new SesameError(
          'bad-setting',
          `there are ${MOST_POLICIES} policies: sesamed policies rm PATTERN`,
        );
      }
      const policy = merged(before?.policy ?? {}, said, unset);
      if (Object.keys(policy).length === 0) {
        throw new SesameError(
          'bad-setting',
          `a policy says at least one of ${POLICY_FIELDS.join(', ')}; sesamed policies rm takes one away`,
        );
      }
      await this.#store.save({ pattern, key: wanted.key, policy }, this.#clock.now());
      this.#operator = [...others, { pattern: wanted, origin: 'operator', policy }];
      this.#changed();
      return { pattern, policy };
    });
  }

  /** @returns the pattern as it was made. @throws `not-found`, also for one of the file */
  async remove(pattern: string): Promise<string> {
    const { key } = new NamePattern(pattern);
    return this.#turns.run('', async () => {
      const there = this.#operator.find((one) => one.pattern.key === key);
      if (!there || !(await this.#store.remove(key))) throw this.#noPolicy(pattern, key);
      this.#operator = this.#operator.filter((one) => one !== there);
      this.#changed();
      return there.pattern.text;
    });
  }

  /** Those of a `sesame.toml` that has been read again. @throws `bad-setting`, and all stays as it was */
  replaceFilePolicies(policies: readonly PolicyEntry[]): void {
    this.#file = ofFile(policies);
    this.#changed();
  }

  /** What holds where no policy says it, from settings that have been read again. */
  replaceDefaults(defaults: PolicyDefaults): void {
    this.#defaults = defaults;
    this.#changed();
  }

  #changed(): void {
    this.#asked = ranked([...this.#operator, ...this.#file]);
    this.#remembered.clear();
  }

  #noPolicy(pattern: string, key: string): SesameError {
    const isOfFile = this.#file.some((one) => one.pattern.key === key);
    const why = isOfFile
      ? 'it is in sesame.toml, and is taken away there'
      : 'sesamed policies ls shows them all';
    return new SesameError('not-found', `the operator has no policy "${pattern}": ${why}`);
  }
}

function ofFile(entries: readonly PolicyEntry[]): readonly RankedPolicy[] {
  const policies = rankable(entries, 'file');
  const keys = new Set<string>();
  for (const { pattern } of policies) {
    if (keys.has(pattern.key)) {
      throw new SesameError(
        'bad-setting',
        `policies: "${pattern.text}" is there twice; case does not matter`,
      );
    }
    keys.add(pattern.key);
  }
  return policies;
}

function merged(before: Policy, said: Policy, unset: readonly PolicyField[]): Policy {
  const all: Policy = { ...before, ...said };
  const kept = POLICY_FIELDS.filter((field) => all[field] !== undefined && !unset.includes(field));
  return Object.fromEntries(kept.map((field) => [field, all[field]]));
}

function toListed({ pattern, origin, policy }: RankedPolicy): ListedPolicy {
  return { pattern: pattern.text, origin, policy };
}
