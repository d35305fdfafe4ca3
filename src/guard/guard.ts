import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { isLoopback, prefixOf } from '../base/addresses.ts';
import { KnownSources } from './known-sources.ts';
import { OFFENCES, type Offence } from './offences.ts';
import type { SuspectRow } from './ports.ts';
import { clientSubject, familyOf, userSubject, type Family, type Subject } from './subject.ts';
import { Suspect, type GuardRules, type Verdict } from './suspect.ts';
import { fromRow, toRow } from './suspect-row.ts';
import { SuspectTable } from './suspect-table.ts';

export interface GuardOptions {
  readonly rules: GuardRules;
  /** Off, it counts nobody. */
  readonly isOn: boolean;
  /** Suspects remembered of each family. */
  readonly size: number;
  /** Who is never counted; loopback never is. */
  readonly isAllowed: (address: string) => boolean;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Somebody as operators see him. Times in ms. */
export interface GuardEntry {
  readonly who: Subject;
  readonly score: number;
  readonly state: 'noted' | 'warned' | 'blocked';
  /** How long the block lasts yet; null where there is none. */
  readonly left: number | null;
  readonly by: 'score' | 'operator' | null;
  readonly reason: string | null;
  readonly strikes: number;
}

/** A block that has just begun. */
export interface NewBlock {
  readonly who: Subject;
  readonly by: 'score' | 'operator';
  /** ms */
  readonly time: number;
  readonly reason: string | null;
}

export interface GuardCounts {
  readonly offences: ReadonlyMap<Offence, number>;
  readonly warnings: number;
  readonly blocks: number;
  /** Connections and requests of somebody who is blocked. */
  readonly refused: number;
}

/** Who misbehaves, and who is shut out for it (GUARD.md 1 to 3). A state machine: it does nothing by itself. */
export class Guard {
  readonly #options: GuardOptions;
  readonly #tables: Readonly<Record<Family, SuspectTable>>;
  readonly #listeners = new Set<(block: NewBlock) => void>();
  readonly #known: KnownSources;
  /** Whose rows are not what they were. */
  readonly #changed = new Set<Subject>();
  readonly #counts = { offences: new Map<Offence, number>(), warnings: 0, blocks: 0, refused: 0 };

  constructor(options: GuardOptions) {
    this.#options = options;
    const table = (): SuspectTable => new SuspectTable(options.size, options.rules);
    this.#tables = { ipv4: table(), ipv6: table(), identity: table() };
    this.#known = new KnownSources(options.size);
  }

  /** Off, it counts nobody, and a block shuts nobody out. */
  get isOn(): boolean {
    return this.#options.isOn;
  }

  get rules(): GuardRules {
    return this.#options.rules;
  }

  get counts(): GuardCounts {
    return this.#counts;
  }

  /** By what an address is counted. @returns null for one that never is */
  sourceOf(address: string): Subject | null {
    const { isOn, isAllowed } = this.#options;
    return !isOn || isLoopback(address) || isAllowed(address) ? null : prefixOf(address);
  }

  /** A client whose key, or token, has been proved. */
  client(name: string): Subject | null {
    return this.#options.isOn ? clientSubject(name) : null;
  }

  /** A person who is signed in. */
  user(name: string): Subject | null {
    return this.#options.isOn ? userSubject(name) : null;
  }

  /** @param who null for nobody that is counted. @returns ms that the block lasts yet; 0 where there is none */
  blockedFor(who: Subject | null): number {
    if (who === null) return 0;
    const now = this.#options.clock.monotonic();
    const block = this.#tables[familyOf(who)].get(who)?.blockAt(now);
    return block ? block.until - now : 0;
  }

  /** As `blockedFor`, of somebody who is turned away for it. */
  refuses(who: Subject | null): number {
    const left = this.blockedFor(who);
    if (left > 0) this.#counts.refused += 1;
    return left;
  }

  /** A client has proved its key from there. */
  noteClient(source: Subject | null): void {
    if (source !== null) this.#known.note(source, this.#options.clock.monotonic());
  }

  /** Whether one more client may try from a source that is blocked by its score: clients are known from there. */
  mayTryAsClient(source: Subject | null): boolean {
    if (source === null) return true;
    const now = this.#options.clock.monotonic();
    const block = this.#tables[familyOf(source)].get(source)?.blockAt(now);
    return block?.by === 'score' && this.#known.mayTry(source, now);
  }

  offence(who: Subject | null, offence: Offence): Verdict {
    this.#counts.offences.set(offence, (this.#counts.offences.get(offence) ?? 0) + 1);
    if (who === null) return 'noted';
    const { rules, clock, log } = this.#options;
    const now = clock.monotonic();
    const suspect = this.#suspect(who, now);
    const verdict = suspect.offend(OFFENCES[offence], offence, now, rules);
    this.#changed.add(who);
    if (verdict === 'warned') {
      this.#counts.warnings += 1;
      log.warning('warned: more of this, and it is blocked', { who, offence });
    }
    if (verdict === 'blocked') this.#tell({ who, by: 'score', time: this.blockedFor(who), reason: offence });
    return verdict;
  }

  /** An operator's. @param time ms */
  block(who: Subject, time: number, reason: string | null): void {
    const now = this.#options.clock.monotonic();
    this.#suspect(who, now).block(now + time, reason);
    this.#changed.add(who);
    this.#tell({ who, by: 'operator', time, reason });
  }

  /** Forgets score, strikes and block. @returns whether there was anything to forget */
  unblock(who: Subject): boolean {
    this.#changed.add(who);
    const wasThere = this.#tables[familyOf(who)].delete(who);
    if (wasThere) this.#options.log.info('forgotten', { who });
    return wasThere;
  }

  /** Blocks first, then by score. */
  list(): readonly GuardEntry[] {
    const { rules, clock } = this.#options;
    const now = clock.monotonic();
    const entries = Object.values(this.#tables).flatMap((table) =>
      Array.from(table.entries())
        .filter(([, suspect]) => !suspect.isForgotten(now, rules))
        .map(([who, suspect]) => entryOf(who, suspect, now, rules)),
    );
    return entries.sort((a, b) => (b.left ?? -1) - (a.left ?? -1) || b.score - a.score);
  }

  /** How many are remembered, and how many of them are blocked. */
  get sizes(): Readonly<Record<Family, { readonly tracked: number; readonly blocked: number }>> {
    const now = this.#options.clock.monotonic();
    const sizeOf = (table: SuspectTable): { tracked: number; blocked: number } => ({
      tracked: table.size,
      blocked: Array.from(table.entries()).filter(([, suspect]) => suspect.blockAt(now)).length,
    });
    const { ipv4, ipv6, identity } = this.#tables;
    return { ipv4: sizeOf(ipv4), ipv6: sizeOf(ipv6), identity: sizeOf(identity) };
  }

  onBlock(listener: (block: NewBlock) => void): void {
    this.#listeners.add(listener);
  }

  /** What an earlier run remembered. @throws `guard-state` */
  restore(rows: readonly SuspectRow[]): void {
    const { clock, rules } = this.#options;
    const now = clock.monotonic();
    for (const row of rows) {
      const suspect = fromRow(row, now, clock.now());
      if (suspect.isForgotten(now, rules)) this.#changed.add(row.who);
      else this.#tables[familyOf(row.who)].put(row.who, suspect, now);
    }
  }

  /** What changed since the last call: rows to keep, and whom to forget. */
  takeChanges(): { readonly rows: readonly SuspectRow[]; readonly gone: readonly Subject[] } {
    const { clock, rules } = this.#options;
    const now = clock.monotonic();
    const rows: SuspectRow[] = [];
    const gone: Subject[] = [];
    for (const who of this.#changed) {
      const table = this.#tables[familyOf(who)];
      const suspect = table.get(who);
      if (suspect?.isForgotten(now, rules)) table.delete(who);
      if (suspect && table.get(who)) rows.push(toRow(who, suspect, now, clock.now()));
      else gone.push(who);
    }
    this.#changed.clear();
    return { rows, gone };
  }

  /** What could not be kept is to be kept again. */
  putBack(who: readonly Subject[]): void {
    for (const one of who) this.#changed.add(one);
  }

  #suspect(who: Subject, now: number): Suspect {
    const table = this.#tables[familyOf(who)];
    const suspect = table.get(who) ?? Suspect.new(now);
    const madeRoom = table.put(who, suspect, now);
    if (madeRoom !== undefined) this.#changed.add(madeRoom);
    return suspect;
  }

  #tell(block: NewBlock): void {
    this.#counts.blocks += 1;
    const { who, by, time, reason } = block;
    this.#options.log.warning('blocked', { who, by, seconds: Math.ceil(time / 1000), reason: reason ?? '' });
    for (const listener of this.#listeners) listener(block);
  }
}

function entryOf(who: Subject, suspect: Suspect, now: number, rules: GuardRules): GuardEntry {
  const score = suspect.scoreAt(now, rules);
  const block = suspect.blockAt(now);
  return {
    who,
    score,
    state: block ? 'blocked' : score >= rules.warnAt ? 'warned' : 'noted',
    left: block ? block.until - now : null,
    by: block?.by ?? null,
    reason: block?.reason ?? null,
    strikes: suspect.state.strikes,
  };
}
