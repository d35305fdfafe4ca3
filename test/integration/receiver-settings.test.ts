import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bodyOf } from '../support/bodies.ts';
import { EngineBench } from '../support/engine-bench.ts';
import { outcome } from '../support/outcome.ts';
import { crcOnTheWire, encrypt } from '../support/v3-cryptography.ts';

const CONTENT = Buffer.from('hello, wire facts!\n');

let bench: EngineBench;

beforeAll(async () => {
  bench = await EngineBench.create();
});
afterEach(() => bench.clear());
afterAll(() => bench[Symbol.asyncDispose]());

describe('the stored form', () => {
  it.for([
    { crc: 'zlib-ciphertext', form: 'plaintext' },
    { crc: 'zlib-ciphertext', form: 'ciphertext' },
    { crc: 'cksum-plaintext', form: 'ciphertext' },
    { crc: 'zlib-plaintext-be', form: 'ciphertext' },
  ] as const)('is $form; the CRC on the wire is $crc all the same', async ({ crc, form }) => {
    const dialects = { crc, replyTo1030: 'auto', maxSends: 4 } as const;
    await using engine = await bench.open({ settings: { form, dialects } });
    const client = await engine.enrol('alice');
    const ciphertext = encrypt(client.aesKey, CONTENT);
    expect(await engine.send(client, 'f', CONTENT)).toBe(crcOnTheWire(crc, CONTENT, ciphertext));
    await engine.confirm(client, 'f');
    expect(await engine.stored('alice', 'f')).toEqual(form === 'plaintext' ? CONTENT : ciphertext);
  });

  it('as ciphertext is verified before it is taken', async () => {
    await using engine = await bench.open({ settings: { form: 'ciphertext' } });
    const client = await engine.enrol('alice');
    const broken = bodyOf(encrypt(Buffer.alloc(16, 1), CONTENT));
    expect(await outcome(engine.sendBody(client, 'f', broken))).toBe('bad-ciphertext');
    expect(await engine.incoming()).toEqual([]);
  });
});

describe('the largest upload', () => {
  it('is counted in ciphertext: exactly, and one block over', async () => {
    await using engine = await bench.open({ maxUpload: 1024 });
    const client = await engine.enrol('alice');
    expect(await outcome(engine.send(client, 'exact', Buffer.alloc(1023)))).toBe('ok');
    const unread = { length: 1025, pipe: () => Promise.reject(new Error('it was read')) };
    expect(await outcome(engine.sendBody(client, 'over', unread))).toBe('too-large');
    expect(await outcome(engine.send(client, 'over', Buffer.alloc(1024)))).toBe('too-large');
  });
});

describe('how many sends are let through', () => {
  it.for([1, 2, 3, 4])('%d', async (maxSends) => {
    const dialects = { crc: 'auto', replyTo1030: 'auto', maxSends } as const;
    await using engine = await bench.open({ settings: { dialects } });
    const client = await engine.enrol('alice');
    for (let send = 1; send <= maxSends; send++) {
      expect(await outcome(engine.send(client, 'f', CONTENT))).toBe('ok');
      await engine.refuse(client, 'f');
    }
    expect(await outcome(engine.send(client, 'f', CONTENT))).toBe('too-many-sends');
  });
});

describe('wrong CRCs on purpose', () => {
  it('are wrong in every variant, and teach nothing', async () => {
    await using engine = await bench.open({ settings: { wrongCrc: true } });
    const client = await engine.enrol('alice');
    const before = await engine.ports.directory.find(client.id);
    const right = crcOnTheWire('zlib-ciphertext', CONTENT, encrypt(client.aesKey, CONTENT));
    for (let send = 1; send <= 4; send++) {
      const said = await engine.send(client, 'f', CONTENT);
      expect(said).toMatch(/^[0-9a-f]{8}$/);
      for (let byte = 0; byte < 8; byte += 2) {
        expect(said.slice(byte, byte + 2)).not.toBe(right.slice(byte, byte + 2));
      }
      await engine.refuse(client, 'f', send % 2 === 0);
    }
    await engine.giveUp(client, 'f');
    await engine.send(client, 'g', CONTENT);
    await engine.confirm(client, 'g');
    expect((await engine.ports.directory.find(client.id))?.dialect).toEqual(before?.dialect);
  });
});
