import { afterAll, describe, expect, it } from 'vitest';
import { DAY } from '../../src/base/clock.ts';
import { DataFolder } from '../../src/storage/data-folder.ts';
import { FileStorage } from '../../src/storage/file-storage.ts';
import { Crash, CrashingPorts } from '../support/crashing-ports.ts';
import { Engine, type EnrolledClient } from '../support/engine.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FastFolder } from '../support/fast-folder.ts';
import { RecordingLogger } from '../support/recording-logger.ts';

// A process that dies between any two steps of a conversation, and what the next start makes of it.
const V1 = Buffer.from('the version that was acknowledged before');
const V2 = Buffer.from('the new version, which is somewhat longer');
const V3 = Buffer.from('one more');

/** What the client was told before the crash. */
interface Said {
  received: boolean;
  verified: boolean;
}

interface Talk {
  readonly engine: Engine;
  readonly client: EnrolledClient;
  readonly path: string;
  readonly said: Said;
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
  'confirms, with a restart on the way that crashes too': async ({ engine, client, path, said }) => {
    await engine.send(client, path, V2);
    said.received = true;
    for (const { row } of await engine.ports.ledger.listOpen()) await engine.ports.ledger.recordIntent(row);
    await engine.recover();
    said.verified = true;
  },
};

async function sendAndConfirm({ engine, client, path, said }: Talk): Promise<void> {
  await engine.send(client, path, V2);
  said.received = true;
  await engine.confirm(client, path);
  said.verified = true;
}

const folder = await FastFolder.create();
const dataDir = `${folder.path}/data`;
const files = makeStorage();
afterAll(async () => {
  await files[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

describe.for(Object.entries(CONVERSATIONS))('a client that %s', ([title, converse]) => {
  it('loses nothing by a crash between any two steps', async () => {
    const crash = new CrashingPorts();
    for (let steps = 0; ; steps++) {
      const path = `${title}/${steps}`;
      const said = { received: false, verified: false };
      const clock = new FakeClock();
      {
        await using engine = await Engine.open(dataDir, { files, clock, wrap: crash.wrap });
        const client = await engine.enrol(path.replace('/', ' '));
        await engine.send(client, path, V1);
        await engine.confirm(client, path);
        crash.cutAfter(steps);
        await converse({ engine, client, path, said }).catch((error: unknown) => {
          if (!crash.crashed) throw error;
        });
        crash.cutAfter(Infinity);
      }
    }
  });
});
