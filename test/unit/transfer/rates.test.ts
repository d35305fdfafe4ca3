import { describe, expect, it } from 'vitest';
import { RateKeeper } from '../../../src/transfer/rate-keeper.ts';
import { TokenBucket } from '../../../src/transfer/token-bucket.ts';
import { somePolicies } from '../../support/policies.ts';

const MiB = 1024 * 1024;

describe('a token bucket', () => {
  it('gives a burst of one second, then the rate', () => {
    const bucket = new TokenBucket(MiB, 0);
    expect(bucket.take(MiB, 0)).toBe(0);
    expect(bucket.take(MiB / 2, 0)).toBe(500);
    expect(bucket.take(MiB / 2, 500)).toBe(500);
    expect(bucket.take(MiB, 3000)).toBe(0);
  });

  it('gives 256 KiB at once, however small the rate is', () => {
    const bucket = new TokenBucket(1024, 0);
    expect(bucket.take(256 * 1024, 0)).toBe(0);
    expect(bucket.take(1024, 0)).toBe(1000);
  });

  it('never holds more than its burst, and never runs backwards', () => {
    const bucket = new TokenBucket(MiB, 0);
    expect(bucket.isFull(1e12)).toBe(true);
    expect(bucket.take(2 * MiB, 1e12)).toBe(1000);
    expect(bucket.take(0, 0)).toBe(1000);
    bucket.giveBack(10 * MiB);
    expect(bucket.take(MiB + 1, 1)).toBeGreaterThan(0);
  });

  it('takes another rate for what comes, not for what came', () => {
    const bucket = new TokenBucket(MiB, 0);
    bucket.take(2 * MiB, 0);
    bucket.setRate(2 * MiB, 0);
    expect(bucket.take(0, 0)).toBe(500);
  });
});

/** A keeper whose waiting passes the time. */
async function keeper(policy: object) {
  let now = 0;
  const policies = await somePolicies({ '*': policy });
  const rates = new RateKeeper({
    policies,
    clock: { monotonic: () => now },
    wait: async (time) => {
      now += time;
    },
  });
  return { rates, policies, now: () => now };
}

const alice = { row: 1, name: 'alice' };
const { signal } = new AbortController();

describe('the rate of a client', () => {
  it('is none without a policy: a chunk is given on at once, whole', async () => {
    const { rates, now } = await keeper({});
    const taken: number[] = [];
    const waiting = rates.pour(alice, Buffer.alloc(100 * MiB), signal, ({ byteLength }) => {
      taken.push(byteLength);
      return undefined;
    });
    expect([waiting, taken, now()]).toEqual([undefined, [100 * MiB], 0]);
  });

  it('is held, in slices of half a second, and shared by all connections of a client', async () => {
    const { rates, now } = await keeper({ 'max-rate': MiB });
    const taken: number[] = [];
    const take = ({ byteLength }: Uint8Array): undefined => void taken.push(byteLength);
    for (let connection = 0; connection < 2; connection++) {
      await rates.pour(alice, Buffer.alloc(3 * MiB), signal, take);
    }
    expect(Math.max(...taken)).toBe(MiB / 2);
    expect(now()).toBe(5000);
    await rates.pour({ row: 2, name: 'bob' }, Buffer.alloc(MiB), signal, take);
    expect(now(), 'another client has its own').toBe(5000);
  });

  it('passes small files in parts', async () => {
    const { rates, now } = await keeper({ 'max-rate': 1024 });
    let passed = 0;
    await rates.pass(alice, 300 * 1024, signal, (bytes) => {
      expect(bytes).toBeLessThanOrEqual(512);
      passed += bytes;
    });
    expect([passed, now()]).toEqual([300 * 1024, 44_000]);
  });

  it('changes with its policy', async () => {
    const { rates, policies, now } = await keeper({ 'max-rate': MiB });
    await rates.pass(alice, 2 * MiB, signal, () => undefined);
    expect(now()).toBe(1000);
    policies.replaceFilePolicies([]);
    await rates.pass(alice, 100 * MiB, signal, () => undefined);
    expect(now()).toBe(1000);
  });

  it('keeps nobody who has gone, and does not count what he did not send', async () => {
    const { rates, now } = await keeper({ 'max-rate': MiB });
    const gone = AbortSignal.abort();
    const never = (): undefined => expect.unreachable();
    await rates.pour(alice, Buffer.alloc(10 * MiB), gone, never);
    await rates.pass(alice, MiB, signal, () => undefined);
    expect(now()).toBe(0);
  });
});
