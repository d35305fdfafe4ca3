// The client against servers as they are in the field: small ones of another make, with habits of their own.
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { FieldServer, type FieldHabits } from '../support/field-server.ts';
import { ClientFolder, sampleBytes } from '../support/native-client.ts';
import { REQUEST } from '../support/v3-frames.ts';

const FILES = new Map([
  ['empty', sampleBytes(0)],
  ['15', sampleBytes(15)],
  ['16', sampleBytes(16)],
  ['Größe 漢字.bin', sampleBytes(1000)],
  ['two blocks', sampleBytes(300_000)],
]);

async function newFolder(server: FieldServer): Promise<ClientFolder> {
  const folder = await ClientFolder.create(server.port, 'field client', [...FILES.keys()]);
  for (const [name, content] of FILES) await folder.write(name, content);
  return folder;
}

const PROFILES: Readonly<Record<string, Partial<FieldHabits>>> = {
  'an ordinary one': {},
  '2104 and 2106 without payload': { ackPayload: false },
  'closes after each response': { closesAfterResponse: true },
  'closes after each response, 2104 and 2106 without payload': {
    closesAfterResponse: true,
    ackPayload: false,
  },
  'responses in two pieces': { inPieces: true },
  'responses in two pieces, closes after each': { inPieces: true, closesAfterResponse: true },
  'cksum over plaintext': { crc: 'cksum-plaintext' },
  'cksum over ciphertext': { crc: 'cksum-ciphertext' },
  'zlib over plaintext': { crc: 'zlib-plaintext' },
  'zlib over plaintext, big-endian': { crc: 'zlib-plaintext-be' },
};

describe.for(Object.entries(PROFILES))('%s', ([, habits]) => {
  test.for(['one connection', '--per-request'])('%s', async (way) => {
    await using server = await FieldServer.start(habits);
    await using folder = await newFolder(server);
    const flags = ['--crc', server.habits.crc, ...(way === '--per-request' ? [way] : [])];
    const first = await folder.run(...flags);
    expect(first.code, first.stderr).toBe(0);
    expect(Object.fromEntries(server.stored)).toEqual(Object.fromEntries(FILES));
    const each = server.habits.closesAfterResponse || way === '--per-request';
    // It notices after its first answer that the server closes.
    expect(server.connections).toBe(each ? server.requests.length : 1);

    const second = await folder.run(...flags);
    expect(second.code).toBe(0);
    expect(second.events[0]?.event).toBe('reconnected');

    const before = await readFile(folder.meInfo);
    server.forget();
    const third = await folder.run(...flags);
    expect(third.code).toBe(0);
    expect(third.events[0]).toMatchObject({ event: 'registered', kept: 'me.info.old' });
    expect(await readFile(folder.at('me.info.old'))).toEqual(before);
  });
});

describe('a CRC that is wrong at first', () => {
  const { file, crcOk, crcWrong, crcGiveUp } = REQUEST;

  test.for([
    [{ repliesTo1030: true }, 'one connection'],
    [{ repliesTo1030: false }, 'one connection'],
    [{ repliesTo1030: true, ackPayload: false }, 'one connection'],
    [{ repliesTo1030: true, inPieces: true }, 'one connection'],
    [{ repliesTo1030: true, closesAfterResponse: true }, 'one connection'],
    [{ repliesTo1030: false, closesAfterResponse: true }, 'one connection'],
    [{ repliesTo1030: true }, '--per-request'],
    [{ repliesTo1030: false }, '--per-request'],
  ] as const)('%o, %s: sent again, and confirmed', async ([habits, way]) => {
    await using server = await FieldServer.start({ ...habits, wrongCrcs: 2 });
    await using folder = await newFolder(server);
    const { code, events, stderr } = await folder.run(...(way === '--per-request' ? [way] : []));
    expect(code, stderr).toBe(0);
    expect(Object.fromEntries(server.stored)).toEqual(Object.fromEntries(FILES));
    const [first] = events.filter(({ event }) => event === 'file');
    expect(first).toMatchObject({ path: 'empty', status: 'acknowledged', sends: 3 });
    expect(server.requests.slice(2, 8)).toEqual([file, crcWrong, file, crcWrong, file, crcOk]);
  });

  test('and for ever: four sends, 1031, and the next file has its turn', async () => {
    await using server = await FieldServer.start({ wrongCrcs: 4 });
    await using folder = await newFolder(server);
    const { code, failed } = await folder.run();
    expect(code).toBe(23);
    expect(failed).toEqual(['empty']);
    const giving = [file, crcWrong, file, crcWrong, file, crcWrong, file, crcGiveUp];
    expect(server.requests.slice(2, 10)).toEqual(giving);
    expect([...server.stored.keys()]).toEqual([...FILES.keys()].slice(1));
  });
});
