import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../support/seeded-random.ts';
import { Admission, type Admitted } from '../../../src/guard/admission.ts';

class Peer implements Admitted {
  readonly prefix: string;
  evicted = 0;

  constructor(prefix = 'loopback') {
    this.prefix = prefix;
  }

  evict(): void {
    this.evicted += 1;
  }
}

const peers = (count: number, prefix?: string): Peer[] =>
  Array.from({ length: count }, () => new Peer(prefix));

describe('Admission', () => {
  it('makes room by ending the oldest that has not proven itself', () => {
    const admission = new Admission({ connections: 100, unproven: 3, perPrefix: 100 });
    const all = peers(5);
    expect(all.map((peer) => admission.admit(peer))).toEqual([true, true, true, true, true]);
    expect(all.map((peer) => peer.evicted)).toEqual([1, 1, 0, 0, 0]);
  });

  it('never ends one that has proven itself', () => {
    const admission = new Admission({ connections: 100, unproven: 2, perPrefix: 100 });
    const [proven = new Peer(), ...others] = peers(10);
    admission.admit(proven);
    admission.prove(proven);
    for (const peer of others) admission.admit(peer);
    expect(proven.evicted).toBe(0);
    expect(others.map((peer) => peer.evicted)).toEqual([1, 1, 1, 1, 1, 1, 1, 0, 0]);
  });

  it('turns away by chance near the cap: nobody below four fifths of it, everybody at the cap', () => {
    const lucky = new Admission({ connections: 10, unproven: 10, perPrefix: 100 }, () => 0.999);
    expect(peers(10).map((peer) => lucky.admit(peer))).toEqual(new Array(10).fill(true));
    expect(lucky.admit(new Peer())).toBe(false);
    const unlucky = new Admission({ connections: 10, unproven: 10, perPrefix: 100 }, () => 0);
    expect(peers(10).filter((peer) => unlucky.admit(peer))).toHaveLength(9);
  });

  it('lets half as many in as it turns away between these, where half is due', () => {
    const random = seededRandom(7);
    const admission = new Admission({ connections: 100, unproven: 100, perPrefix: 1000 }, random);
    for (const peer of peers(90)) while (!admission.admit(peer));
    // Half-way between 80 and 100: each that gets in leaves again.
    let admitted = 0;
    for (const peer of peers(2000)) {
      if (!admission.admit(peer)) continue;
      admitted += 1;
      admission.leave(peer);
    }
    expect(admitted / 2000).toBeCloseTo(0.5, 1);
  });

  it('counts each prefix by itself, proven or not', () => {
    const admission = new Admission({ connections: 100, unproven: 100, perPrefix: 2 });
    const [first = new Peer(), ...rest] = peers(3, '10.0.0.1');
    expect(admission.admit(first)).toBe(true);
    admission.prove(first);
    expect(rest.map((peer) => admission.admit(peer))).toEqual([true, false]);
    expect(admission.admit(new Peer('10.0.0.2'))).toBe(true);
    admission.leave(first);
    expect(admission.admit(new Peer('10.0.0.1'))).toBe(true);
    expect(admission.admit(new Peer('10.0.0.1'))).toBe(false);
  });

  it('does not let one prefix drive out others once it is full', () => {
    const admission = new Admission({ connections: 100, unproven: 3, perPrefix: 2 });
    const honest = new Peer('10.0.0.9');
    admission.admit(honest);
    for (const peer of peers(50, '10.0.0.1')) admission.admit(peer);
    expect(honest.evicted).toBe(0);
  });

  it('does not count loopback by prefix', () => {
    const admission = new Admission({ connections: 100, unproven: 100, perPrefix: 2 });
    expect(peers(50).every((peer) => admission.admit(peer))).toBe(true);
  });

  it('is as empty at the end as at the beginning', () => {
    const admission = new Admission({ connections: 4, unproven: 2, perPrefix: 2 });
    for (let round = 0; round < 3; round++) {
      const admitted = [...peers(2, '10.0.0.1'), ...peers(2, '10.0.0.2')];
      expect(admitted.map((peer) => admission.admit(peer))).toEqual([true, true, true, true]);
      expect(admission.admit(new Peer('10.0.0.1'))).toBe(false);
      expect(admitted.map((peer) => peer.evicted)).toEqual([1, 1, 0, 0]);
      for (const peer of admitted) admission.leave(peer);
      expect(admission.connections).toBe(0);
    }
  });
});
