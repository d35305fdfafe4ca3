import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CRC_VARIANTS } from '../../src/crypto/crc-variants.ts';
import { NEW_DIALECT } from '../../src/transfer/dialect.ts';
import { bodyOf, cutBody, HeldBody, watchedBody } from '../support/bodies.ts';
import { Engine, type EnrolledClient } from '../support/engine.ts';
import { FastFolder } from '../support/fast-folder.ts';
import { outcome } from '../support/outcome.ts';
import { crcOnTheWire, encrypt } from '../support/v3-cryptography.ts';

const CONTENT = Buffer.from('hello, wire facts!\n');
const OTHER = Buffer.from('something else');

let folder: FastFolder;
let engine: Engine;
let client: EnrolledClient;

beforeAll(async () => {
  folder = await FastFolder.create();
  engine = await Engine.open(`${folder.path}/data`);
  client = await engine.enrol('alice');
});
afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function rowOf({ id }: EnrolledClient): Promise<number> {
  return (await engine.ports.directory.find(id))?.row ?? 0;
}

async function openFile(path: string): Promise<unknown> {
  return engine.ports.ledger.findOpen(await rowOf(client), path);
}

describe('a file', () => {
  it.for([0, 1, 15, 16, 17, 300_000, 3_000_000])('of %d bytes arrives byte for byte', async (size) => {
    const content = Buffer.alloc(size, 'content ');
    const path = `size/${size}`;
    await engine.send(client, path, content);
    expect(await engine.stored('alice', path)).toBeUndefined();
    await engine.confirm(client, path);
    expect((await engine.stored('alice', path))?.equals(content)).toBe(true);
    expect(await engine.incoming()).toEqual([]);
  });

  it.for(CRC_VARIANTS)('is told its CRC in the variant of its client: %s', async (crc) => {
    const { row, dialect = NEW_DIALECT } = (await engine.ports.directory.find(client.id)) ?? { row: 0 };
    await engine.ports.directory.saveDialect(row, { ...NEW_DIALECT, crc });
    const ciphertext = encrypt(client.aesKey, CONTENT);
    expect(await engine.send(client, 'crc', CONTENT)).toBe(crcOnTheWire(crc, CONTENT, ciphertext));
    await engine.ports.directory.saveDialect(row, dialect);
  });

  it('lies below the folder of its client, whatever path was sent', async () => {
    await engine.send(client, '..\\..\\C:/x/../etc/./passwd'.replace('C:/', ''), CONTENT);
    await engine.confirm(client, '/x/etc/passwd');
    expect(await engine.stored('alice', 'x/etc/passwd')).toEqual(CONTENT);
  });

  it('that does not decrypt leaves nothing, and what was pending as it was', async () => {
    await engine.send(client, 'bad', CONTENT);
    const pending = await openFile('bad');
    const broken = encrypt(client.aesKey, OTHER).subarray(1);
    expect(await outcome(engine.sendBody(client, 'bad', bodyOf(broken)))).toBe('bad-ciphertext');
    expect(await openFile('bad')).toEqual(pending);
    expect(await engine.incoming()).toEqual(await engine.owned());
    await engine.confirm(client, 'bad');
    expect(await engine.stored('alice', 'bad')).toEqual(CONTENT);
  });

  it('whose connection ends leaves nothing', async () => {
    const half = encrypt(client.aesKey, Buffer.alloc(500_000)).subarray(0, 300_000);
    const sent = engine.sendBody(client, 'cut', cutBody(half, 500_016));
    expect(await outcome(sent)).toBe('truncated');
    expect(await openFile('cut')).toBeUndefined();
    expect(await engine.incoming()).toEqual(await engine.owned());
  });

  it('is confirmed once, also when that is said twice at once', async () => {
    await engine.send(client, 'once', CONTENT);
    const said = await Promise.all([1, 2, 3].map(() => outcome(engine.confirm(client, 'once'))));
    expect(said.toSorted()).toEqual(['no-pending-file', 'no-pending-file', 'ok']);
    expect(await engine.stored('alice', 'once')).toEqual(CONTENT);
  });
});

describe('a place', () => {
  it.for([
    { what: 'a file where a folder is wanted', there: 'p1', sent: 'p1/below' },
    { what: 'a folder where a file is wanted', there: 'p2/below', sent: 'p2' },
  ])('that is taken by $what is refused before a byte is read', async ({ there, sent }) => {
    await engine.send(client, there, CONTENT);
    await engine.confirm(client, there);
    const unread = { length: 32, pipe: () => Promise.reject(new Error('it was read')) };
    expect(await outcome(engine.sendBody(client, sent, unread))).toBe('bad-path');
    expect(await engine.incoming()).toEqual(await engine.owned());
  });

  it.for([
    { first: 'q1', second: 'q1/below' },
    { first: 'q2/below', second: 'q2' },
  ])(
    'that was taken since, by $first: $second is dropped when it is confirmed',
    async ({ first, second }) => {
      await engine.send(client, first, CONTENT);
      await engine.send(client, second, OTHER);
      await engine.confirm(client, first);
      expect(await outcome(engine.confirm(client, second))).toBe('bad-path');
      expect(await openFile(second)).toBeUndefined();
      expect(await engine.incoming()).toEqual(await engine.owned());
      expect(await engine.stored('alice', first)).toEqual(CONTENT);
    },
  );
});

describe('two sends of the same file', () => {
  it('end with the newer, and the older is refused at once', async () => {
    const body = new HeldBody(encrypt(client.aesKey, OTHER));
    const older = outcome(engine.sendBody(client, 'taken over', body));
    await body.started;
    const newer = engine.send(client, 'taken over', CONTENT);
    expect(await older).toBe('superseded');
    await newer;
    await engine.confirm(client, 'taken over');
    expect(await engine.stored('alice', 'taken over')).toEqual(CONTENT);
    expect(await engine.incoming()).toEqual(await engine.owned());
  });

  it('end with the newer also where all of the older has come', async () => {
    await engine.send(client, 'complete', OTHER);
    const { body, taken } = watchedBody(encrypt(client.aesKey, OTHER));
    const answer = Promise.withResolvers<boolean>();
    const refusing = engine.receiver.refuse(client.id, 'complete', () => answer.promise);
    const older = outcome(engine.sendBody(client, 'complete', body));
    await taken;
    const newer = engine.send(client, 'complete', CONTENT);
    answer.resolve(true);
    await refusing;
    expect(await older).toBe('superseded');
    await newer;
    await engine.confirm(client, 'complete');
    expect(await engine.stored('alice', 'complete')).toEqual(CONTENT);
  });

  it('do not disturb each other where the path or the client is another', async () => {
    const other = await engine.enrol('bob');
    const body = new HeldBody(encrypt(client.aesKey, OTHER));
    const held = engine.sendBody(client, 'shared name', body);
    await body.started;
    await engine.send(client, 'shared name 2', CONTENT);
    await engine.send(other, 'shared name', CONTENT);
    body.goOn();
    await held;
    await engine.confirm(client, 'shared name');
    await engine.confirm(other, 'shared name');
    expect(await engine.stored('alice', 'shared name')).toEqual(OTHER);
    expect(await engine.stored('bob', 'shared name')).toEqual(CONTENT);
  });

  it('in great number: one is pending, and nothing else is left', async () => {
    const contents = Array.from({ length: 20 }, (_, i) => Buffer.alloc(1000 + i, i));
    const sent = await Promise.all(contents.map((content) => outcome(engine.send(client, 'crowd', content))));
    expect(new Set(sent)).toEqual(new Set(['ok', 'superseded']));
    expect(sent.at(-1)).toBe('ok');
    await engine.confirm(client, 'crowd');
    expect(await engine.stored('alice', 'crowd')).toEqual(contents.at(-1));
    expect(await engine.incoming()).toEqual(await engine.owned());
  });
});
