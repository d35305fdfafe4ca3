import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MINUTE } from '../../src/base/clock.ts';
import { clientNameKey } from '../../src/transfer/storage-path.ts';
import { Engine, unwrap } from '../support/engine.ts';
import { FastFolder } from '../support/fast-folder.ts';
import { outcome } from '../support/outcome.ts';
import { keyPair } from '../support/v3-cryptography.ts';

const ours = keyPair(1024, 17).publicDer;
const theirs = keyPair(1024, 3).publicDer;
const UNKNOWN = Buffer.alloc(16, 0x42);

let folder: FastFolder;
let engine: Engine;

beforeAll(async () => {
  folder = await FastFolder.create();
  engine = await Engine.open(`${folder.path}/data`);
});
afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

describe('register', () => {
  it('gives a name once, in whatever case and composition, also to many at once', async () => {
    const names = ['Zo\u00eb', 'zo\u00eb', 'ZO\u00cb', 'Zoe\u0308', 'zoe\u0308'];
    const tried = await Promise.all(
      [...names, ...names].map((name) => outcome(engine.registrar.register(name))),
    );
    expect(tried.toSorted()).toEqual([...Array<string>(9).fill('name-taken'), 'ok']);
  });

  it('gives every client its own id', async () => {
    const names = Array.from({ length: 50 }, (_, i) => `many ${i}`);
    const ids = await Promise.all(names.map((name) => engine.registrar.register(name)));
    expect(new Set(ids.map((id) => Buffer.from(id).toString('hex'))).size).toBe(50);
  });

  it('makes no row for a name that is refused', async () => {
    expect(await outcome(engine.registrar.register('../mallory'))).toBe('bad-path');
    const names = (await engine.ports.directory.list()).map(({ name }) => name);
    expect(names).not.toContain('../mallory');
  });

  it('frees a name that got no key, but only after 10 minutes', async () => {
    const first = await engine.registrar.register('Slow');
    engine.clock.advance(10 * MINUTE);
    expect(await outcome(engine.registrar.register('slow'))).toBe('name-taken');
    engine.clock.advance(1);
    const second = await engine.registrar.register('slow');
    expect(second).not.toEqual(first);
    expect(await outcome(engine.registrar.acceptKey(first, ours))).toBe('unknown-client');
    expect(await outcome(engine.registrar.acceptKey(second, ours))).toBe('ok');
  });

  it('gives a dead name to one of those who want it at the same time', async () => {
    await engine.registrar.register('wanted');
    engine.clock.advance(11 * MINUTE);
    const tried = await Promise.all(
      ['wanted', 'Wanted', 'WANTED'].map((name) => outcome(engine.registrar.register(name))),
    );
    expect(tried.toSorted()).toEqual(['name-taken', 'name-taken', 'ok']);
  });

  it('never frees the name of a client that has a key', async () => {
    await engine.enrol('keyed');
    engine.clock.advance(1_000_000 * MINUTE);
    expect(await outcome(engine.registrar.register('keyed'))).toBe('name-taken');
  });
});

describe('acceptKey', () => {
  it('gives the same AES key for the same public key, ever after', async () => {
    const { id, aesKey } = await engine.enrol('same');
    for (let i = 0; i < 3; i++) expect(unwrap(await engine.registrar.acceptKey(id, ours))).toEqual(aesKey);
  });

  it('gives each client another AES key', async () => {
    const keys = await Promise.all(['one', 'two', 'three'].map((name) => engine.enrol(name)));
    expect(new Set(keys.map(({ aesKey }) => aesKey.toString('hex'))).size).toBe(3);
  });

  it('refuses another public key, and keeps the first', async () => {
    const { id, aesKey } = await engine.enrol('constant');
    expect(await outcome(engine.registrar.acceptKey(id, theirs))).toBe('key-changed');
    expect(unwrap(await engine.registrar.reconnect(id))).toEqual(aesKey);
  });

  it('gives one AES key when the first 1026 comes twice at once', async () => {
    const id = await engine.registrar.register('twice');
    const wrapped = await Promise.all([1, 2, 3, 4].map(() => engine.registrar.acceptKey(id, ours)));
    expect(new Set(wrapped.map((each) => unwrap(each).toString('hex'))).size).toBe(1);
  });

  it('has one winner when two public keys come at once', async () => {
    const id = await engine.registrar.register('raced');
    const keys = [ours, theirs];
    const tried = await Promise.all(keys.map((key) => outcome(engine.registrar.acceptKey(id, key))));
    expect(tried.toSorted()).toEqual(['key-changed', 'ok']);
    const again = await Promise.all(keys.map((key) => outcome(engine.registrar.acceptKey(id, key))));
    expect(again).toEqual(tried);
    const stored = await engine.ports.directory.find(id);
    expect(stored?.key?.publicKey).toEqual(Uint8Array.from(keys[tried.indexOf('ok')] ?? []));
  });

  it('stores nothing of a key that is refused', async () => {
    const id = await engine.registrar.register('careful');
    const truncated = ours.subarray(0, -1);
    expect(await outcome(engine.registrar.acceptKey(id, truncated))).toBe('bad-key');
    expect((await engine.ports.directory.find(id))?.key).toBeNull();
    expect(await outcome(engine.registrar.acceptKey(id, ours))).toBe('ok');
  });

  it('makes no row for an unknown id', async () => {
    const before = await engine.ports.directory.list();
    expect(await outcome(engine.registrar.acceptKey(UNKNOWN, ours))).toBe('unknown-client');
    expect(await outcome(engine.registrar.acceptKey(new Uint8Array(16), ours))).toBe('unknown-client');
    expect(await engine.ports.directory.list()).toEqual(before);
  });

  it('does not keep the AES key in the clear', async () => {
    const { id, aesKey } = await engine.enrol('sealed');
    const sealed = (await engine.ports.directory.find(id))?.key?.sealedAesKey;
    expect(sealed && Buffer.from(sealed).includes(aesKey)).toBe(false);
  });
});

describe('reconnect', () => {
  it('gives the key on file', async () => {
    const { id, aesKey } = await engine.enrol('back again');
    expect(unwrap(await engine.registrar.reconnect(id))).toEqual(aesKey);
  });

  it('refuses who is unknown or has no key', async () => {
    const id = await engine.registrar.register('keyless');
    expect(await outcome(engine.registrar.reconnect(id))).toBe('no-key');
    expect(await outcome(engine.registrar.reconnect(UNKNOWN))).toBe('unknown-client');
  });

  it('notes when the client was last heard of', async () => {
    const { id, name } = await engine.enrol('heard of');
    engine.clock.advance(5 * MINUTE);
    await engine.registrar.reconnect(id);
    const listed = (await engine.ports.directory.list()).find((client) => client.name === name);
    expect(listed?.lastSeenAt).toBe(engine.clock.now());
    expect(listed?.registeredAt).toBe(engine.clock.now() - 5 * MINUTE);
  });
});

describe('a reset by the operator', () => {
  it('takes the key, and leaves name and files to the next', async () => {
    const { id } = await engine.enrol('Moved');
    expect(await engine.ports.directory.reset(clientNameKey('mOVED'))).toBe(true);
    expect(await outcome(engine.registrar.reconnect(id))).toBe('no-key');
    expect(await engine.registrar.findKeyed('moved')).toBeUndefined();
    const next = await engine.enrol('moved');
    expect(next.id).not.toEqual(id);
    expect(await outcome(engine.registrar.acceptKey(id, ours))).toBe('unknown-client');
    expect((await engine.registrar.findKeyed('MOVED'))?.id).toEqual(next.id);
  });

  it('lets another public key under the old id, with a new AES key', async () => {
    const { id, aesKey } = await engine.enrol('renewed');
    await engine.ports.directory.reset('renewed');
    expect(await outcome(engine.registrar.acceptKey(id, theirs))).toBe('ok');
    const client = await engine.registrar.findKeyed('renewed');
    expect(client && Buffer.from(engine.registrar.aesKeyOf(client))).not.toEqual(aesKey);
  });

  it('says where there is no such client', async () => {
    expect(await engine.ports.directory.reset('nobody')).toBe(false);
  });
});

describe('forgetDead', () => {
  it('removes who never sent a key, after 10 minutes and not before', async () => {
    await engine.registrar.register('forgettable');
    await engine.enrol('unforgettable');
    const names = async (): Promise<string[]> => {
      await engine.registrar.forgetDead();
      return (await engine.ports.directory.list()).map(({ name }) => name);
    };
    engine.clock.advance(10 * MINUTE);
    expect(await names()).toContain('forgettable');
    engine.clock.advance(1);
    expect(await names()).not.toContain('forgettable');
    expect(await names()).toContain('unforgettable');
  });
});

describe('a restart', () => {
  it('changes nothing of names, ids and keys', async () => {
    const { id, aesKey } = await engine.enrol('patient');
    const keyless = await engine.registrar.register('keyless and patient');
    await engine[Symbol.asyncDispose]();
    engine = await Engine.open(`${folder.path}/data`, { clock: engine.clock });
    expect(unwrap(await engine.registrar.reconnect(id))).toEqual(aesKey);
    expect(await outcome(engine.registrar.register('PATIENT'))).toBe('name-taken');
    expect(await outcome(engine.registrar.acceptKey(keyless, theirs))).toBe('ok');
  });
});
