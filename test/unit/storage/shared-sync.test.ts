import { describe, expect, it } from 'vitest';
import { SharedSync } from '../../../src/storage/shared-sync.ts';

/** A sync whose ends are for the test to settle. */
function aSync(): { shared: SharedSync; begun: PromiseWithResolvers<undefined>[] } {
  const begun: PromiseWithResolvers<undefined>[] = [];
  const shared = new SharedSync(() => {
    const sync = Promise.withResolvers<undefined>();
    begun.push(sync);
    return sync.promise.then();
  });
  return { shared, begun };
}

const turn = (): Promise<void> => new Promise(setImmediate);

describe('SharedSync', () => {
  it('shares one among all who ask before it begins', async () => {
    const { shared, begun } = aSync();
    const all = Promise.all([shared.sync(), shared.sync(), shared.sync()]);
    await turn();
    expect(begun).toHaveLength(1);
    begun[0]?.resolve(undefined);
    await all;
  });

  it('is no good for who asks when it has begun: those share the next', async () => {
    const { shared, begun } = aSync();
    const first = shared.sync();
    await turn();
    const others = Promise.all([shared.sync(), shared.sync()]);
    await turn();
    expect(begun).toHaveLength(1);
    begun[0]?.resolve(undefined);
    await first;
    await turn();
    expect(begun).toHaveLength(2);
    begun[1]?.resolve(undefined);
    await others;
  });

  it('fails all who share it, and not those of the next', async () => {
    const { shared, begun } = aSync();
    const [a, b] = [shared.sync(), shared.sync()];
    const failures = Promise.allSettled([a, b]);
    await turn();
    const next = shared.sync();
    begun[0]?.reject(new Error('a fault'));
    expect((await failures).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await turn();
    begun[1]?.resolve(undefined);
    await next;
  });

  it('is quiet when none is under way', async () => {
    const { shared, begun } = aSync();
    await shared.quiet();
    const failed = shared.sync().catch(() => undefined);
    await turn();
    let isQuiet = false;
    const quiet = shared.quiet().then(() => (isQuiet = true));
    await turn();
    expect(isQuiet).toBe(false);
    begun[0]?.reject(new Error('a fault'));
    await Promise.all([quiet, failed]);
  });
});
