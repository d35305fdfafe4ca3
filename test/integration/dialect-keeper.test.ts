import { writeFile } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DialectKeeper } from '../../src/transfer/dialect-keeper.ts';
import { NEW_DIALECT, type Dialect } from '../../src/transfer/dialect.ts';
import { EngineBench } from '../support/engine-bench.ts';
import type { Engine, EnrolledClient } from '../support/engine.ts';
import { FaultyPorts } from '../support/faulty-ports.ts';

const CONTENT = Buffer.from('hello, wire facts!\n');

let bench: EngineBench;
let engine: Engine;
let client: EnrolledClient;

beforeAll(async () => {
  bench = await EngineBench.create();
});
beforeEach(async () => {
  engine = await bench.open();
  client = await engine.enrol('alice');
});
afterEach(async () => {
  await engine[Symbol.asyncDispose]();
  await bench.clear();
});
afterAll(() => bench[Symbol.asyncDispose]());

async function dialect(): Promise<Dialect | undefined> {
  return (await engine.ports.directory.find(client.id))?.dialect;
}

describe('what is learnt of a client', () => {
  it('is the variant that its 1029 found right, across connections and restarts', async () => {
    for (const expected of ['cksum-plaintext', 'cksum-ciphertext'] as const) {
      await engine.send(client, 'f', CONTENT);
      await engine.refuse(client, 'f');
      expect(await dialect()).toMatchObject({ crc: expected, crcConfirmed: false });
    }
    await engine.giveUp(client, 'f');
    await engine[Symbol.asyncDispose]();
    engine = await bench.open();
    expect(await dialect()).toMatchObject({ crc: 'cksum-ciphertext', crcConfirmed: false });
    await engine.send(client, 'f', CONTENT);
    await engine.confirm(client, 'f');
    expect(await dialect()).toMatchObject({ crc: 'cksum-ciphertext', crcConfirmed: true });
  });

  it('is nothing of the CRC where the stored bytes are damaged', async () => {
    await engine.send(client, 'f', CONTENT);
    const [name = ''] = await engine.incoming();
    await writeFile(bench.path('incoming', name), 'damaged on disk');
    await engine.refuse(client, 'f');
    expect(await dialect()).toMatchObject({ crc: 'zlib-ciphertext' });
  });

  it('is nothing of the byte order from an empty file', async () => {
    const row = (await engine.ports.directory.find(client.id))?.row ?? 0;
    await engine.ports.directory.saveDialect(row, { ...NEW_DIALECT, crc: 'zlib-plaintext' });
    await engine.send(client, 'empty', Buffer.alloc(0));
    await engine.confirm(client, 'empty');
    expect(await dialect()).toMatchObject({ crc: 'zlib-plaintext', crcConfirmed: false });
  });

  it('is whether it wants an answer to its 1030', async () => {
    await engine.send(client, 'f', CONTENT);
    expect(await engine.refuse(client, 'f', true)).toBe(false);
    expect(await dialect()).toMatchObject({ repliesTo1030: false, repliesTo1030Confirmed: false });
    await engine.send(client, 'f', CONTENT);
    await engine.confirm(client, 'f');
    expect(await dialect()).toMatchObject({
      repliesTo1030: false,
      repliesTo1030Confirmed: true,
      trial: null,
    });
    await engine.send(client, 'g', CONTENT);
    expect(await engine.refuse(client, 'g', false)).toBe(false);
  });

  it('is the other way when it turns to something else', async () => {
    await engine.send(client, 'f', CONTENT);
    expect(await engine.refuse(client, 'f')).toBe(true);
    await engine.registrar.reconnect(client.id);
    expect(await dialect()).toMatchObject({ repliesTo1030: false, repliesTo1030Confirmed: false });
    await engine.send(client, 'f', CONTENT);
    expect(await engine.refuse(client, 'f')).toBe(false);
  });
});

describe('what is learnt over two connections at once', () => {
  it('does not undo a confirmation that came while a 1030 was being answered', async () => {
    await engine.send(client, 'a', CONTENT);
    await engine.send(client, 'b', CONTENT);
    await engine.receiver.refuse(client.id, 'b', async () => {
      await engine.confirm(client, 'a');
      return false;
    });
    expect(await dialect()).toMatchObject({ crc: 'zlib-ciphertext', crcConfirmed: true });
  });

  it('moves by one, however many files were told the same wrong variant', async () => {
    const paths = ['a', 'b', 'c', 'd'];
    await Promise.all(paths.map((path) => engine.send(client, path, CONTENT)));
    await Promise.all(paths.map((path) => engine.refuse(client, path)));
    expect(await dialect()).toMatchObject({ crc: 'cksum-plaintext' });
  });

  it('takes the lessons of one client one after another', async () => {
    const slow = new FaultyPorts();
    slow.before('saveDialect', () => setImmediate());
    slow.before('find', () => setImmediate());
    const keeper = new DialectKeeper(slow.wrap(engine.ports).directory, true);
    const known = await engine.ports.directory.find(client.id);
    if (!known) throw new Error('the client is gone');
    for (const path of ['a', 'b']) await engine.send(client, path, CONTENT);
    const [a, b] = await engine.ports.ledger.listOpen();
    if (!a || !b) throw new Error('the files are gone');
    await Promise.all([
      keeper.crcWrong(known, b, { sound: true, answered: true }),
      keeper.crcCorrect(known, a),
      keeper.crcWrong(known, b, { sound: true, answered: true }),
    ]);
    expect(await dialect()).toMatchObject({ crc: 'zlib-ciphertext', crcConfirmed: true });
  });

  it('stays with its own client', async () => {
    const other = await engine.enrol('bob');
    await engine.send(client, 'f', CONTENT);
    await engine.send(other, 'f', CONTENT);
    await Promise.all([engine.refuse(client, 'f'), engine.confirm(other, 'f')]);
    expect(await dialect()).toMatchObject({ crc: 'cksum-plaintext', crcConfirmed: false });
    expect((await engine.ports.directory.find(other.id))?.dialect).toMatchObject({ crcConfirmed: true });
  });
});
