import { setTimeout as sleep } from 'node:timers/promises';
import type { AuditLog } from './accounts/ports.ts';
import type { Clock } from './base/clock.ts';
import { messageOf, SesameError } from './base/errors.ts';
import type { Logger } from './base/logger.ts';
import { faultText, SettingsError } from './config/fault.ts';
import type { LiveSettings } from './config/live-settings.ts';
import { settingText } from './config/setting-text.ts';
import type { SettingKey, Settings } from './config/settings.ts';

/** A part of the server that has more to do at a reload than to read the live settings. */
export interface Reloadable {
  /** Looks at the settings that are to come, and takes nothing yet. @throws `bad-setting` where it cannot take them */
  prepare(next: Settings): Promise<Prepared> | Prepared;
}

export interface Prepared {
  /** Takes them: the live settings are those by now. Must not fail. */
  commit(): Promise<void> | void;
  /** What it cannot take as it runs, though others could. */
  readonly waiting?: readonly SettingKey[];
  /** What it has read again though its setting is the same: files. */
  readonly renewed?: readonly string[];
}

/** A setting that is not what it was, as a flag has it; null for one that is not set. */
export interface ChangedSetting {
  readonly key: SettingKey;
  readonly from: string | null;
  readonly to: string | null;
}

/** What came of a reload; also the JSON of `sesamed reload`. */
export interface ReloadReport {
  readonly changed: readonly ChangedSetting[];
  /** They differ, and wait for a restart. */
  readonly waiting: readonly ChangedSetting[];
  /** Files that were opened or read again. */
  readonly renewed: readonly string[];
  /** What is wrong; nothing was changed then. */
  readonly faults: readonly string[];
}

interface ReloaderParts {
  readonly live: LiveSettings;
  readonly parts: readonly Reloadable[];
  /** Null where nobody keeps a trail. */
  readonly audit: AuditLog | null;
  readonly clock: Clock;
  readonly log: Logger;
  /** Told when one begins, and when it is over. */
  readonly observe?: ((isUnderWay: boolean) => void) | undefined;
}

/** Who asked for it. */
export type ReloadedBy = 'SIGHUP' | 'sesamed reload';

/** ms from one to the next: a storm of signals must not be felt by who sends files. */
const REST = 200;

/** Reads the settings again and hands them to the parts of the server: all of them, or none. */
export class Reloader {
  readonly #parts: ReloaderParts;
  #underWay: Promise<ReloadReport> | undefined;
  /** Settles a moment after the last, so that the next may begin. */
  #last: Promise<unknown> | undefined;
  #next: Promise<ReloadReport> | undefined;
  #isOver = false;

  constructor(parts: ReloaderParts) {
    this.#parts = parts;
  }

  /** One at a time. Who asks while one is under way, or was a moment ago, shares the next with all others who do. */
  reload(by: ReloadedBy): Promise<ReloadReport> {
    if (!this.#last && !this.#next) return this.#start(by);
    this.#next ??= Promise.resolve(this.#last).then(() => {
      this.#next = undefined;
      return this.#start(by);
    });
    return this.#next;
  }

  /** None begins from now on. Resolves when none is under way. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#underWay;
  }

  #start(by: ReloadedBy): Promise<ReloadReport> {
    if (this.#isOver) return Promise.reject(stopping());
    const { observe } = this.#parts;
    observe?.(true);
    const underWay = this.#perform().then(async (report) => {
      this.#tell(report);
      await this.#note(report, by);
      this.#underWay = undefined;
      observe?.(false);
      return report;
    });
    this.#underWay = underWay;
    const last = underWay
      .then(() => sleep(REST, undefined, { ref: false }))
      .then(() => {
        if (this.#last === last) this.#last = undefined;
      });
    this.#last = last;
    return underWay;
  }

  async #perform(): Promise<ReloadReport> {
    const { live, parts } = this.#parts;
    try {
      const loaded = live.read();
      const { changed, waiting } = live.compare(loaded);
      const next = live.with(changed, loaded);
      const prepared = await Promise.all(parts.map(async (part) => part.prepare(next)));
      const late = new Set(prepared.flatMap((part) => part.waiting ?? []));
      const taken = changed.filter((key) => !late.has(key));
      const describe = (key: SettingKey): ChangedSetting => ({
        key,
        from: settingText(live.settings[key]) ?? null,
        to: settingText(loaded.settings[key]) ?? null,
      });
      const report = {
        changed: taken.map(describe),
        waiting: [...waiting, ...changed.filter((key) => late.has(key))].map(describe),
        renewed: prepared.flatMap((part) => part.renewed ?? []),
        faults: [],
      };
      live.take(taken, loaded);
      for (const part of prepared) await part.commit();
      return report;
    } catch (error) {
      const faults = error instanceof SettingsError ? error.faults.map(faultText) : [messageOf(error)];
      return { changed: [], waiting: [], renewed: [], faults };
    }
  }

  #tell({ changed, waiting, renewed, faults }: ReloadReport): void {
    const { log } = this.#parts;
    if (faults.length > 0) {
      log.error('the settings are wrong, and everything stays as it is', { faults: faults.length });
      for (const fault of faults) log.error(fault);
      return;
    }
    log.info('read the settings again', { changed: changed.length, renewed: renewed.join(', ') });
    for (const { key, from, to } of changed) log.info('changed', { setting: key, from, to });
    if (waiting.length > 0) {
      log.warning('these wait for a restart', { settings: keysOf(waiting) });
    }
  }

  async #note({ changed, waiting, faults }: ReloadReport, by: ReloadedBy): Promise<void> {
    const { audit, clock, log } = this.#parts;
    const isRefused = faults.length > 0;
    const late = waiting.length > 0 ? [`waiting for a restart: ${keysOf(waiting)}`] : [];
    const what = isRefused ? faults.slice(0, 1) : [`changed: ${keysOf(changed) || 'nothing'}`, ...late];
    await audit
      ?.record({
        ...{ time: clock.now(), actor: 'local', address: null, action: 'settings.reload', target: by },
        outcome: isRefused ? 'refused' : 'done',
        detail: what.join('; '),
      })
      .catch((error: unknown) => {
        log.error('a reload is not in the audit trail', { why: messageOf(error) });
      });
  }
}

function stopping(): SesameError {
  return new SesameError('draining', 'the server is stopping');
}

function keysOf(settings: readonly ChangedSetting[]): string {
  return settings.map(({ key }) => key).join(', ');
}
