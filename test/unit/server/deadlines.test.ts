import { describe, expect, it } from 'vitest';
import { Deadlines, type Waiting } from '../../../src/server/deadlines.ts';

// PROTOCOL.md 1.6; written out here, so that the table in src/ can be wrong alone.
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;
const WINDOW = 30 * SECOND;
const WINDOW_BYTES = 16 * 1024;
const START = 5_000_000;

function waitingFor(waiting: Waiting): Deadlines {
  const deadlines = new Deadlines(START - 1);
  deadlines.waitFor('nothing', START - 1);
  deadlines.startBody(START);
  deadlines.waitFor(waiting, START);
  return deadlines;
}

describe('Deadlines', () => {
  it.for([
    { waiting: 'rest', limit: 10 * MINUTE, why: 'no request' },
    { waiting: 'header', limit: 10 * SECOND, why: 'header not complete' },
    { waiting: 'payload', limit: 10 * SECOND, why: 'payload not complete' },
    { waiting: 'answers-read', limit: 30 * SECOND, why: 'answers not read' },
    { waiting: 'closing', limit: 5 * SECOND, why: 'did not close' },
    { waiting: 'body', limit: WINDOW, why: 'file too slow' },
  ] as const)('$waiting: $limit ms and no longer', ({ waiting, limit, why }) => {
    for (const early of [0, limit - 1, limit]) {
      expect(waitingFor(waiting).expired(START + early)).toBeUndefined();
    }
    expect(waitingFor(waiting).expired(START + limit + 1)).toBe(why);
  });

  it('runs no clock while the server works', () => {
    expect(waitingFor('nothing').expired(START + 1000 * DAY)).toBeUndefined();
  });

  it('begins with a rest, as long as it was told', () => {
    const deadlines = new Deadlines(START, 700);
    expect(deadlines.waiting).toBe('rest');
    expect(deadlines.expired(START + 700)).toBeUndefined();
    expect(deadlines.expired(START + 701)).toBe('no request');
  });

  it('does not start again when it goes on waiting for the same', () => {
    const deadlines = waitingFor('header');
    deadlines.waitFor('header', START + 9 * SECOND);
    expect(deadlines.expired(START + 10 * SECOND + 1)).toBe('header not complete');
  });

  it('starts again when it waits for something else', () => {
    const deadlines = waitingFor('header');
    deadlines.waitFor('payload', START + 9 * SECOND);
    expect(deadlines.expired(START + 19 * SECOND)).toBeUndefined();
    expect(deadlines.expired(START + 19 * SECOND + 1)).toBe('payload not complete');
  });
});

describe('Deadlines of a body', () => {
  it('wants 16 KiB in a window, not a byte less', () => {
    const enough = waitingFor('body');
    enough.progress(WINDOW_BYTES);
    expect(enough.expired(START + WINDOW + 1)).toBeUndefined();
    const short = waitingFor('body');
    short.progress(WINDOW_BYTES - 1);
    expect(short.expired(START + WINDOW + 1)).toBe('file too slow');
  });

  it('adds up what comes in pieces', () => {
    const deadlines = waitingFor('body');
    for (let i = 0; i < 16; i++) deadlines.progress(1024);
    expect(deadlines.expired(START + WINDOW + 1)).toBeUndefined();
  });

  it('wants as much in the next window: the bytes of one do not count for another', () => {
    const deadlines = waitingFor('body');
    deadlines.progress(10 * WINDOW_BYTES);
    const second = START + WINDOW + 1;
    expect(deadlines.expired(second)).toBeUndefined();
    deadlines.progress(WINDOW_BYTES - 1);
    expect(deadlines.expired(second + WINDOW)).toBeUndefined();
    expect(deadlines.expired(second + WINDOW + 1)).toBe('file too slow');
  });

  it('does not count the time in which the server made it wait', () => {
    const deadlines = waitingFor('body');
    deadlines.waitFor('nothing', START + 29 * SECOND);
    deadlines.waitFor('body', START + 50 * SECOND);
    expect(deadlines.expired(START + 50 * SECOND + WINDOW)).toBeUndefined();
    expect(deadlines.expired(START + 50 * SECOND + WINDOW + 1)).toBe('file too slow');
  });

  it('has 24 h in all, however fast it comes and however often the server made it wait', () => {
    const deadlines = waitingFor('body');
    deadlines.waitFor('nothing', START + DAY - 2);
    deadlines.waitFor('body', START + DAY - 1);
    deadlines.progress(WINDOW_BYTES);
    expect(deadlines.expired(START + DAY)).toBeUndefined();
    expect(deadlines.expired(START + DAY + 1)).toBe('file not complete');
  });

  it('has 24 h anew for the next file', () => {
    const deadlines = waitingFor('body');
    deadlines.waitFor('rest', START + DAY);
    deadlines.startBody(START + DAY);
    deadlines.waitFor('body', START + DAY);
    expect(deadlines.expired(START + DAY + 1)).toBeUndefined();
  });
});
