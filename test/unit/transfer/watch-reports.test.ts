import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SesameError } from '../../../src/base/errors.ts';
import type { StoredWatchReport } from '../../../src/transfer/watch-ports.ts';
import { WatchReports } from '../../../src/transfer/watch-reports.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { outcome } from '../../support/outcome.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';

const report = (files: number) => ({ files, bytes: 0, failing: 0, oldest: null, why: '' });

describe('WatchReports', () => {
  const saved: StoredWatchReport[] = [];
  const log = new RecordingLogger();
  let fault: SesameError | undefined;
  let reports: WatchReports;
  const written = (): string[] => saved.map(({ clientRow, files }) => `${clientRow}: ${files}`);

  beforeEach(() => {
    vi.useFakeTimers();
    saved.length = 0;
    fault = undefined;
    const save = (one: StoredWatchReport): Promise<void> => {
      if (fault) return Promise.reject(fault);
      saved.push(one);
      return Promise.resolve();
    };
    const unused = (): never => expect.fail('nobody looks here');
    reports = new WatchReports({
      store: { save, list: unused, totals: unused },
      clock: new FakeClock(),
      log,
    });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('writes the first at once, and of what follows the last when 5 s are over', async () => {
    for (let files = 1; files <= 100; files++) await reports.take(1, report(files));
    await reports.take(2, report(7));
    expect(written()).toEqual(['1: 1', '2: 7']);
    await vi.advanceTimersByTimeAsync(5000);
    expect(written()).toEqual(['1: 1', '2: 7', '1: 100']);
    await reports.take(1, report(101));
    expect(written(), 'it rests again').toHaveLength(3);
    await vi.advanceTimersByTimeAsync(10_000);
    await reports.take(1, report(102));
    expect(written().slice(3)).toEqual(['1: 101', '1: 102']);
  });

  it('writes what waits when it is disposed of', async () => {
    await reports.take(1, report(1));
    await reports.take(1, report(2));
    await reports[Symbol.asyncDispose]();
    expect(written()).toEqual(['1: 1', '1: 2']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('refuses what cannot be written, and logs what was taken already', async () => {
    await reports.take(1, report(1));
    await reports.take(1, report(2));
    fault = new SesameError('disk-full', 'no space');
    expect(await outcome(reports.take(2, report(1)))).toBe('disk-full');
    await vi.advanceTimersByTimeAsync(5000);
    expect(log.lines.at(-1)).toMatchObject({ level: 'error', fields: { why: 'no space' } });
  });
});
