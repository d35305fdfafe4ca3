import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SesameError } from '../../../src/base/errors.ts';
import type { DatedWatchReport, ReportingClient } from '../../../src/transfer/watch-ports.ts';
import { WatchReports } from '../../../src/transfer/watch-reports.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { outcome } from '../../support/outcome.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';

const alice: ReportingClient = { row: 1, id: Uint8Array.of(1) };
const bob: ReportingClient = { row: 2, id: Uint8Array.of(2) };
const report = (files: number) => ({ files, bytes: 0, failing: 0, oldest: null, why: '' });

describe('WatchReports', () => {
  const saved: (DatedWatchReport & ReportingClient)[] = [];
  const log = new RecordingLogger();
  let fault: SesameError | undefined;
  let reports: WatchReports;
  const written = (): string[] => saved.map(({ id, files }) => `${id.join()}: ${files}`);

  beforeEach(() => {
    vi.useFakeTimers();
    saved.length = 0;
    fault = undefined;
    const save = (client: ReportingClient, one: DatedWatchReport): Promise<void> => {
      if (fault) return Promise.reject(fault);
      saved.push({ ...client, ...one });
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
    for (let files = 1; files <= 100; files++) await reports.take(alice, report(files));
    await reports.take(bob, report(7));
    expect(written()).toEqual(['1: 1', '2: 7']);
    await vi.advanceTimersByTimeAsync(5000);
    expect(written()).toEqual(['1: 1', '2: 7', '1: 100']);
    await reports.take(alice, report(101));
    expect(written(), 'it rests again').toHaveLength(3);
    await vi.advanceTimersByTimeAsync(10_000);
    await reports.take(alice, report(102));
    expect(written().slice(3)).toEqual(['1: 101', '1: 102']);
  });

  it('says whose it is also where another key has the name by the time it is written', async () => {
    await reports.take(alice, report(1));
    await reports.take(alice, report(2));
    await reports.take({ row: alice.row, id: Uint8Array.of(9) }, report(3));
    await vi.advanceTimersByTimeAsync(5000);
    expect(written()).toEqual(['1: 1', '9: 3']);
  });

  it('writes what waits when it is disposed of', async () => {
    await reports.take(alice, report(1));
    await reports.take(alice, report(2));
    await reports[Symbol.asyncDispose]();
    expect(written()).toEqual(['1: 1', '1: 2']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('refuses what cannot be written, and logs what was taken already', async () => {
    await reports.take(alice, report(1));
    await reports.take(alice, report(2));
    fault = new SesameError('disk-full', 'no space');
    expect(await outcome(reports.take(bob, report(1)))).toBe('disk-full');
    await vi.advanceTimersByTimeAsync(5000);
    expect(log.lines.at(-1)).toMatchObject({ level: 'error', fields: { why: 'no space' } });
  });
});
