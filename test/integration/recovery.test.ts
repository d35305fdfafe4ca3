import { mkdir, writeFile } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SesameError } from '../../src/base/errors.ts';
import { EngineBench } from '../support/engine-bench.ts';
import type { Engine, EnrolledClient } from '../support/engine.ts';
import { FaultyPorts } from '../support/faulty-ports.ts';
import { outcome } from '../support/outcome.ts';
import { until } from '../support/waiting.ts';

const CONTENT = Buffer.from('a file on its way');
const NEXT = Buffer.from('its next version');
const FAULT = new SesameError('storage-failed', 'the disk has a fault');

let bench: EngineBench;
let engine: Engine;
let client: EnrolledClient;
let faults: FaultyPorts;

beforeAll(async () => {
  bench = await EngineBench.create();
});
beforeEach(async () => {
  faults = new FaultyPorts();
  engine = await bench.open({ wrap: faults.wrap });
  client = await engine.enrol('alice');
});
afterEach(async () => {
  await engine[Symbol.asyncDispose]();
  await bench.clear();
});
afterAll(() => bench[Symbol.asyncDispose]());

async function failPublishing(path: string): Promise<void> {
  faults.before('publish', () => Promise.reject(FAULT));
  expect(await outcome(engine.confirm(client, path))).toBe('storage-failed');
  faults.heal();
}

describe('recover', () => {
  it('removes what belongs to nobody from incoming/, and keeps what somebody waits for', async () => {
    await engine.send(client, 'pending', CONTENT);
    const [pending] = await engine.incoming();
    await writeFile(bench.path('incoming', 'a1b2'), 'left over');
    await engine.recover();
    expect(await engine.incoming()).toEqual([pending]);
    await engine.confirm(client, 'pending');
    expect(await engine.stored('alice', 'pending')).toEqual(CONTENT);
  });

  it('touches nothing below files/', async () => {
    await mkdir(bench.path('files', 'alice'));
    await writeFile(bench.path('files', 'alice', 'unknown'), 'whatever this is');
    await engine.recover();
    expect((await engine.stored('alice', 'unknown'))?.toString()).toBe('whatever this is');
  });

  it('finishes what it can, whatever else is in the way', async () => {
    for (const path of ['first', 'second', 'third']) {
      await engine.send(client, path, CONTENT);
      await failPublishing(path);
    }
    let calls = 0;
    faults.before('publish', async () => {
      calls += 1;
      if (calls === 2) throw FAULT;
    });
    await engine.recover();
    expect(await engine.stored('alice', 'first')).toEqual(CONTENT);
    expect(await engine.stored('alice', 'second')).toBeUndefined();
    expect(await engine.stored('alice', 'third')).toEqual(CONTENT);
    expect(engine.log.lines.filter(({ level }) => level === 'error')).toHaveLength(1);

    faults.heal();
    await engine.recover();
    expect(await engine.stored('alice', 'second')).toEqual(CONTENT);
    expect(await engine.incoming()).toEqual([]);
  });

  it('drops what can never be placed', async () => {
    await engine.send(client, 'name', CONTENT);
    await failPublishing('name');
    await mkdir(bench.path('files', 'alice', 'name'), { recursive: true });
    await engine.recover();
    expect(await engine.incoming()).toEqual([]);
    expect(await engine.ports.ledger.listOpen()).toEqual([]);
  });
});

describe('a 1029 that met a storage fault', () => {
  it('can be sent again', async () => {
    await engine.send(client, 'f', CONTENT);
    await failPublishing('f');
    await engine.confirm(client, 'f');
    expect(await engine.stored('alice', 'f')).toEqual(CONTENT);
  });

  it('is finished before a newer version is taken', async () => {
    await engine.send(client, 'f', CONTENT);
    await failPublishing('f');
    await engine.send(client, 'f', NEXT);
    expect(await engine.stored('alice', 'f')).toEqual(CONTENT);
    await engine.confirm(client, 'f');
    expect(await engine.stored('alice', 'f')).toEqual(NEXT);
  });

  it('behind the rename can be sent again, too', async () => {
    await engine.send(client, 'f', CONTENT);
    faults.before('recordVerified', () => Promise.reject(FAULT));
    expect(await outcome(engine.confirm(client, 'f'))).toBe('storage-failed');
    faults.heal();
    await engine.confirm(client, 'f');
    expect(await engine.stored('alice', 'f')).toEqual(CONTENT);
    expect((await engine.ports.directory.list())[0]?.verifiedFiles).toBe(1);
  });
});

describe('a send while the version before it moves to its place', () => {
  it('waits for that', async () => {
    await engine.send(client, 'f', CONTENT);
    let sending: Promise<unknown> = Promise.resolve();
    faults.before('publish', async () => {
      sending = engine.send(client, 'f', NEXT);
      await until('the new version is in incoming/', async () => (await engine.incoming()).length === 2);
      await setImmediate();
    });
    await engine.confirm(client, 'f');
    faults.heal();
    await sending;
    expect(await engine.stored('alice', 'f')).toEqual(CONTENT);
    await engine.confirm(client, 'f');
    expect(await engine.stored('alice', 'f')).toEqual(NEXT);
  });
});

describe('a send that met a storage fault', () => {
  it.for(['findOpen', 'recordPending', 'checkPlace', 'receive'] as const)(
    'in %s leaves nothing, and can be sent again',
    async (method) => {
      faults.before(method, () => Promise.reject(FAULT));
      expect(await outcome(engine.send(client, 'f', CONTENT))).toBe('storage-failed');
      faults.heal();
      expect(await engine.incoming()).toEqual([]);
      await engine.send(client, 'f', CONTENT);
      await engine.confirm(client, 'f');
      expect(await engine.stored('alice', 'f')).toEqual(CONTENT);
    },
  );
});
