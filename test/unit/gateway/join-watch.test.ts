// When the console hears of machines that ask, and what a listing of policies costs at the most.
import { expect, test } from 'vitest';
import { JoinWatch } from '../../../src/gateway/join-watch.ts';
import { countMatches } from '../../../src/gateway/policy-matches.ts';
import type { AskingMachine } from '../../../src/transfer/join-queue.ts';

const MINUTE = 60_000;
const machine = (deniedAt: number | null): AskingMachine => ({
  ...{ spki: new Uint8Array(32), name: 'a', address: '::1', askedAt: 0, heardAt: 0 },
  ...{ deniedAt, fingerprint: 'A', expiresAt: 0 },
});

function watched() {
  const state = { now: 0, changes: 0, counted: 0, fails: false, machines: [machine(null), machine(1)] };
  const queue = {
    get changes() {
      return state.changes;
    },
    list: async () => {
      state.counted += 1;
      if (state.fails) throw new Error('no database');
      return state.machines;
    },
  };
  // Nothing else of them is asked.
  const registrar = { queue, fleet: { changes: 5 } } as unknown as ConstructorParameters<
    typeof JoinWatch
  >[0]['registrar'];
  const watch = new JoinWatch({ registrar, clock: { monotonic: () => state.now } });
  const look = async (): Promise<unknown> => {
    watch.look();
    await new Promise(setImmediate);
    return watch.newest;
  };
  return { state, watch, look };
}

test('those who wait are counted when there is news, and once a minute, and no more often', async () => {
  const { state, watch, look } = watched();
  expect(watch.newest).toBeUndefined();
  expect(await look()).toEqual({ waiting: 1, change: 5 });
  await look();
  expect(state.counted).toBe(1);
  state.changes += 1;
  state.machines.push(machine(null));
  expect(await look()).toEqual({ waiting: 2, change: 6 });
  state.machines = [];
  state.now = MINUTE - 1;
  expect(await look()).toEqual({ waiting: 2, change: 6 });
  state.now = MINUTE;
  expect(await look()).toEqual({ waiting: 0, change: 6 });
  expect(state.counted).toBe(3);
});

test('a look while it counts starts no second one; a database that fails is asked again', async () => {
  const { state, watch, look } = watched();
  state.fails = true;
  watch.look();
  watch.look();
  expect(state.counted).toBe(1);
  expect(await look()).toBeUndefined();
  state.fails = false;
  expect(await look()).toMatchObject({ waiting: 1 });
});

test('names are counted up to a limit', async () => {
  const names = Array.from({ length: 1000 }, (_, n) => `web-${n}`);
  const patterns = Array.from({ length: 200 }, (_, n) => ({ pattern: `web-${n}*` }));
  const counts = await countMatches(patterns, names);
  expect(counts?.slice(0, 2)).toEqual([1, 111]);
  expect(await countMatches([...patterns, { pattern: '*' }], names)).toBeUndefined();
});
