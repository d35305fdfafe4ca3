// The CRC variants of the client, `--crc`, against servers that know them and servers that have to find out.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ClientFolder, sampleBytes, type Run } from '../support/native-client.ts';
import { RunningServer } from '../support/running-server.ts';
import { notStored } from '../support/stored-files.ts';
import type { CrcVariant } from '../support/vectors.ts';

/** In the order in which an automatic server tries them. */
const VARIANTS: readonly CrcVariant[] = [
  'zlib-ciphertext',
  'cksum-plaintext',
  'cksum-ciphertext',
  'zlib-plaintext',
  'zlib-plaintext-be',
];
const FILES = new Map([
  ['small', sampleBytes(100)],
  ['large', sampleBytes(700_000)],
  ['empty', sampleBytes(0)],
]);

async function folderFor(server: RunningServer, name: string): Promise<ClientFolder> {
  const folder = await ClientFolder.create(server.port, name, [...FILES.keys()]);
  for (const [file, content] of FILES) await folder.write(file, content);
  return folder;
}

function sendsOf({ events }: Run): (number | undefined)[] {
  return events.filter(({ event }) => event === 'file').map(({ sends }) => sends);
}

describe.for(VARIANTS)('a server with --v3-crc %s', (variant) => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await RunningServer.start('--v3-crc', variant);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test('and --crc: each file in one send', async () => {
    await using folder = await folderFor(server, 'friend');
    const run = await folder.run('--crc', variant);
    expect(run.code).toBe(0);
    expect(sendsOf(run)).toEqual([1, 1, 1]);
    expect(await notStored(server, 'friend', FILES)).toEqual([]);
  });

  test('and a client of another: four sends, given up, nothing stored', async () => {
    const other = VARIANTS[(VARIANTS.indexOf(variant) + 1) % VARIANTS.length] ?? 'zlib-ciphertext';
    await using folder = await folderFor(server, 'stranger');
    await folder.list(server.port, 'stranger', ['small', 'large']);
    const { code, events, stderr } = await folder.run('--crc', other);
    expect(code).toBe(23);
    const files = events.filter(({ event }) => event === 'file');
    expect(files).toMatchObject(
      ['small', 'large'].map((path) => ({ path, status: 'failed', code: 'crc-differs', sends: 4 })),
    );
    expect(stderr).toContain('--crc');
    expect(await notStored(server, 'stranger', FILES)).toEqual([...FILES.keys()]);
    expect(await server.incoming()).toEqual([]);
  });
});

describe('a server that finds out', () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await RunningServer.start();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test.for(VARIANTS.flatMap((variant) => [`--crc ${variant}`, `--crc ${variant} --per-request`]))(
    '%s',
    async (flags) => {
      await using folder = await folderFor(server, flags);
      const first = await folder.run(...flags.split(' '));
      const wrong = VARIANTS.findIndex((variant) => flags.split(' ').includes(variant));
      // A 1030 moves the server on, a 1031 does not: the last variant is found out with the second file.
      const lastVariant = wrong === 4;
      expect(sendsOf(first)).toEqual(lastVariant ? [4, 2, 1] : [wrong + 1, 1, 1]);
      expect(first.failed).toEqual(lastVariant ? ['small'] : []);
      expect(first.code).toBe(lastVariant ? 23 : 0);

      const second = await folder.run(...flags.split(' '));
      expect(second.code).toBe(0);
      expect(sendsOf(second), 'what was found out is remembered').toEqual([1, 1, 1]);
      expect(await notStored(server, flags, FILES)).toEqual([]);
    },
  );
});
