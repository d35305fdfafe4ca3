import { describe, expect, it } from 'vitest';
import { Window } from '../../../src/transfer/window.ts';
import { outcomeOf } from '../../support/outcome.ts';

describe('Window', () => {
  it('reports whenever an eighth of it has been taken, in all', () => {
    const reports: number[] = [];
    const window = new Window((total) => reports.push(total), 80);
    window.sent(60);
    window.taken(9);
    expect(reports).toEqual([]);
    window.taken(1);
    window.taken(25);
    expect(reports).toEqual([10, 35]);
  });

  it('may be filled, and no more; what was reported makes room', () => {
    const window = new Window(() => undefined, 80);
    window.sent(80);
    expect(outcomeOf(() => window.sent(1))).toBe('window-exceeded');
    const other = new Window(() => undefined, 80);
    other.sent(80);
    other.taken(80);
    expect(outcomeOf(() => other.sent(80))).toBe('ok');
  });
});
