import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DAY } from '../../src/base/clock.ts';
import { CrashingPorts } from '../support/crashing-ports.ts';
import { EngineBench } from '../support/engine-bench.ts';
import type { Engine, EnrolledClient } from '../support/engine.ts';
import { FakeClock } from '../support/fake-clock.ts';

// A process that dies between any two steps of a conversation, and what the next start makes of it.
const V1 = Buffer.from('the version that was acknowledged before');
const V2 = Buffer.from('the new version, which is somewhat longer');
const V3 = Buffer.from('one more');

interface Talk {
  readonly engine: Engine;
  readonly client: EnrolledClient;
  readonly path: string;
  /** What the client has been told of V2. */
  said: 'nothing' | 'received' | 'verified';
}

const CONVERSATIONS: Readonly<Record<string, (talk: Talk) => Promise<void>>> = {
  'sends and confirms': sendAndConfirm,
  'sends twice and confirms': async (talk) => {
    await talk.engine.send(talk.client, talk.path, V3);
    await sendAndConfirm(talk);
  },
  'doubts, sends again and confirms': async (talk) => {
    await talk.engine.send(talk.client, talk.path, V3);
    await talk.engine.refuse(talk.client, talk.path);
    await sendAndConfirm(talk);
  },
  'sends and gives up': async ({ engine, client, path }) => {
    await engine.send(client, path, V2);
    await engine.giveUp(client, path);
  },
  'sends and never comes back': async ({ engine, client, path }) => {
    await engine.send(client, path, V2);
    engine.clock.advance(8 * DAY);
    await engine.receiver.dropExpired();
  },
  'confirms, and the recovery crashes too': async (talk) => {
    const { engine, client, path } = talk;
    await engine.send(client, path, V2);
    talk.said = 'received';
    for (const { row } of await engine.ports.ledger.listOpen()) await engine.ports.ledger.recordIntent(row);
    await engine.recover();
    // What recovery cannot finish it leaves to the next start, without an error.
    const open = await engine.ports.ledger.listOpen();
    if (open.length === 0) talk.said = 'verified';
  },
};

async function sendAndConfirm(talk: Talk): Promise<void> {
  const { engine, client, path } = talk;
  await engine.send(client, path, V2);
  talk.said = 'received';
  await engine.confirm(client, path);
  talk.said = 'verified';
}

const clock = new FakeClock();
let bench: EngineBench;
let client: EnrolledClient;

beforeAll(async () => {
  bench = await EngineBench.create();
  await using engine = await bench.open();
  client = await engine.enrol('alice');
});
afterAll(() => bench[Symbol.asyncDispose]());

describe.for(Object.entries(CONVERSATIONS))('a client that %s', ([title, converse]) => {
  it('loses nothing by a crash between any two steps', async () => {
    for (let steps = 0; ; steps++) {
      const path = `${title}/${steps}`;
      const { crashedAt, said } = await crashAfter(steps, path, converse);
      await using engine = await bench.open({ clock });
      await engine.recover();
      await checkNothingLost({ engine, client, path, said }, `${steps} steps, then ${crashedAt ?? 'none'}`);
      if (crashedAt !== undefined) continue;
      expect(steps).toBeGreaterThan(8);
      return;
    }
  });
});

/** @returns the step that did not happen any more; undefined when there were not so many */
async function crashAfter(
  steps: number,
  path: string,
  converse: (talk: Talk) => Promise<void>,
): Promise<{ crashedAt: string | undefined; said: Talk['said'] }> {
  const crash = new CrashingPorts();
  await using engine = await bench.open({ clock, wrap: crash.wrap });
  await engine.send(client, path, V1);
  await engine.confirm(client, path);
  const talk: Talk = { engine, client, path, said: 'nothing' };
  crash.cutAfter(steps);
  await converse(talk).catch((error: unknown) => {
    if (!crash.crashed) throw error;
  });
  return { crashedAt: crash.steps[steps], said: talk.said };
}

async function checkNothingLost({ engine, path, said }: Talk, when: string): Promise<void> {
  const stored = await engine.stored(client.name, path);
  expect([V1, V2], when).toContainEqual(stored);
  expect(await engine.incoming(), when).toEqual(await engine.owned());
  if (said === 'verified') expect(stored, when).toEqual(V2);
  if (said === 'received' && !stored?.equals(V2)) {
    await engine.confirm(client, path);
    expect(await engine.stored(client.name, path), when).toEqual(V2);
  }

  // Whatever was left behind, the client can go on.
  await engine.send(client, path, V3);
  expect(await engine.stored(client.name, path), when).not.toEqual(V3);
  await engine.confirm(client, path);
  expect(await engine.stored(client.name, path), when).toEqual(V3);
  expect(await engine.incoming(), when).toEqual([]);
}
