import { describe, expect, it } from 'vitest';
import { KnownSources } from '../../../src/guard/known-sources.ts';
import { someGuard } from '../../support/some-guard.ts';

const ADA = '192.0.2.7';
const DAY = 86_400_000;

const tries = (known: KnownSources, now: number, times = 100): number =>
  Array.from({ length: times }, () => known.mayTry(ADA, now)).filter(Boolean).length;

describe('KnownSources', () => {
  it('lets none try from where no client came', () => {
    expect(tries(new KnownSources(10), 0)).toBe(0);
  });

  it('lets sixty try at once, and thirty a second', () => {
    const known = new KnownSources(10);
    known.note(ADA, 0);
    expect(tries(known, 0)).toBe(60);
    expect(tries(known, 100)).toBe(3);
    expect(tries(known, 1_100)).toBe(30);
    expect(tries(known, 3_600_000)).toBe(60);
  });

  it('forgets who has not come for a day, and the oldest where there are too many', () => {
    const known = new KnownSources(10);
    known.note(ADA, 0);
    expect(tries(known, DAY - 1, 1)).toBe(1);
    expect(tries(known, DAY, 1)).toBe(0);
    known.note(ADA, DAY);
    for (let i = 0; i < 10; i++) known.note(`198.51.100.${i}`, DAY);
    expect(tries(known, DAY, 1)).toBe(0);
  });

  it('does not get more tries by coming again', () => {
    const known = new KnownSources(10);
    known.note(ADA, 0);
    expect(tries(known, 0)).toBe(60);
    known.note(ADA, 0);
    expect(tries(known, 0)).toBe(0);
  });
});

describe('a blocked source from which clients come', () => {
  it('is open to their tries where the score blocked it, and shut where an operator did', () => {
    const { guard } = someGuard();
    guard.noteClient(ADA);
    expect(guard.mayTryAsClient(ADA), 'not blocked').toBe(false);
    for (let i = 0; i < 4; i++) guard.offence(ADA, 'traversal');
    expect(guard.mayTryAsClient(ADA)).toBe(true);
    guard.block(ADA, 60_000, 'scans');
    expect(guard.mayTryAsClient(ADA)).toBe(false);
  });
});
