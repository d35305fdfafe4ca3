import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DAY, MINUTE } from '../../src/base/clock.ts';
import { SesameError } from '../../src/base/errors.ts';
import { DataFolder } from '../../src/storage/data-folder.ts';
import { DiskSpace } from '../../src/storage/disk-space.ts';
import { TemporaryFolder } from '../support/running-server.ts';
import { Engine, type EngineOptions, type Ports } from '../support/engine.ts';

// Two things at once, or one that fails after another has been promised.
const V1 = Buffer.from('the first version');
const V2 = Buffer.from('the second version, which is longer');

let folder: TemporaryFolder;
let dataDir: string;

beforeEach(async () => {
  folder = await TemporaryFolder.create();
  dataDir = join(folder.path, 'data');
});
afterEach(() => folder[Symbol.asyncDispose]());

async function open(options: EngineOptions = {}): Promise<Engine> {
  return Engine.open(dataDir, options);
}

describe('the sweep of expired files', () => {
  it('leaves a file alone that its sender confirms in the meantime', async () => {
    let meanwhile = async (): Promise<void> => {};
    await using engine = await open({
      wrap: (ports) => ({
        ...ports,
        ledger: {
          ...ports.ledger,
          listExpired: async (before) => {
            const expired = await ports.ledger.listExpired(before);
            await meanwhile();
            return expired;
          },
        },
      }),
    });
    const client = await engine.enrol('late');
    await engine.send(client, 'f', V1);
    engine.clock.advance(8 * DAY);
    meanwhile = () => engine.confirm(client, 'f');
    await engine.receiver.dropExpired();
    expect(await engine.stored('late', 'f')).toEqual(V1);
    expect((await engine.ports.directory.list())[0]?.verifiedFiles).toBe(1);
  });

  it('does not take a newer upload of the same path for the expired one', async () => {
    let meanwhile = async (): Promise<unknown> => undefined;
    await using engine = await open({
      wrap: (ports) => ({
        ...ports,
        ledger: {
          ...ports.ledger,
          listExpired: async (before) => {
            const expired = await ports.ledger.listExpired(before);
            await meanwhile();
            return expired;
          },
        },
      }),
    });
    const client = await engine.enrol('late');
    await engine.send(client, 'f', V1);
    engine.clock.advance(8 * DAY);
    meanwhile = () => engine.send(client, 'f', V2);
    await engine.receiver.dropExpired();
    await engine.confirm(client, 'f');
    expect(await engine.stored('late', 'f')).toEqual(V2);
  });

  it('forgets who never sent a key, and nobody else', async () => {
    await using engine = await open();
    await engine.registrar.register('keyless');
    await engine.enrol('keyed');
    engine.clock.advance(11 * MINUTE);
    await engine.registrar.forgetDead();
    expect((await engine.ports.directory.list()).map(({ name }) => name)).toEqual(['keyed']);
  });
});

describe('a content that is gone', () => {
  it('is not acknowledged because an older version stands at its place', async () => {
    await using engine = await open();
    const client = await engine.enrol('gone');
    await engine.send(client, 'f', V1);
    await engine.confirm(client, 'f');
    await engine.send(client, 'f', V2);
    for (const name of await engine.incoming()) await rm(join(dataDir, 'incoming', name));
    await expect(engine.confirm(client, 'f')).rejects.toMatchObject({ code: 'content-lost' });
    expect(await engine.stored('gone', 'f')).toEqual(V1);
  });

  it('does not turn a refusal into a fault', async () => {
    await using engine = await open();
    const client = await engine.enrol('gone');
    const body = {
      length: 32,
      pipe: async () => {
        for (const name of await engine.incoming()) await rm(join(dataDir, 'incoming', name));
      },
    };
    await expect(engine.sendBody(client, 'f', body)).rejects.toMatchObject({ code: 'bad-ciphertext' });
  });
});

it('a replaced file that cannot be removed costs the new one nothing', async () => {
  const failing = (ports: Ports): Ports => ({
    ...ports,
    files: {
      receive: (options) => ports.files.receive(options),
      checkPlace: (client, path) => ports.files.checkPlace(client, path),
      publish: (file) => ports.files.publish(file),
      listIncoming: () => ports.files.listIncoming(),
      readBack: (name) => ports.files.readBack(name),
      removeIncoming: async () => {
        throw new SesameError('storage-failed', 'the disk has a fault');
      },
    },
  });
  await using engine = await open({ wrap: failing });
  const client = await engine.enrol('replacing');
  await engine.send(client, 'f', V1);
  await engine.send(client, 'f', V2);
  await engine.confirm(client, 'f');
  expect(await engine.stored('replacing', 'f')).toEqual(V2);
});

describe('what a verdict teaches', () => {
  it('is about the variant that this file was told', async () => {
    await using engine = await open();
    const client = await engine.enrol('verdicts');
    await engine.send(client, 'a', V1);
    await engine.send(client, 'b', V1);
    await engine.refuse(client, 'b');
    await engine.confirm(client, 'a');
    const { dialect } = (await engine.ports.directory.find(client.id)) ?? {};
    expect(dialect).toMatchObject({ crc: 'zlib-ciphertext', crcConfirmed: true });
  });

  it('is nothing where a setting pins the variant', async () => {
    const dialects = { crc: 'cksum-plaintext', replyTo1030: 'auto', maxSends: 4 } as const;
    await using engine = await open({ settings: { dialects } });
    const client = await engine.enrol('pinned');
    await engine.send(client, 'a', V1);
    await engine.confirm(client, 'a');
    const { dialect } = (await engine.ports.directory.find(client.id)) ?? {};
    expect(dialect).toMatchObject({ crc: 'zlib-ciphertext', crcConfirmed: false });
  });

  it('is forgotten with the key, and so is the count of sends', async () => {
    await using engine = await open();
    const before = await engine.enrol('reset');
    await engine.send(before, 'a', V1);
    await engine.confirm(before, 'a');
    for (let send = 0; send < 4; send++) {
      await engine.send(before, 'b', V1);
      await engine.refuse(before, 'b');
    }
    await expect(engine.send(before, 'b', V1)).rejects.toMatchObject({ code: 'too-many-sends' });

    await engine.ports.directory.reset('reset');
    const after = await engine.enrol('reset');
    expect((await engine.ports.directory.find(after.id))?.dialect.crcConfirmed).toBe(false);
    await engine.send(after, 'b', V2);
    await engine.confirm(after, 'b');
    expect(await engine.stored('reset', 'b')).toEqual(V2);
  });
});

it('a crash while the first key was written leaves a folder that can be opened', async () => {
  using made = new DataFolder(dataDir);
  await writeFile(join(dataDir, 'keys', 'seal.key.new'), 'half a k');
  expect(await made.sealKey()).toHaveLength(32);
  expect(await made.sealKey()).toHaveLength(32);
});

it('a folder in incoming/ is reported, and does not keep the server from starting', async () => {
  await using engine = await open();
  await mkdir(join(dataDir, 'incoming', 'folder'));
  await engine.recover();
  expect(engine.log.lines.map(({ message }) => message)).toContain('cannot remove a leftover from incoming/');
});

it('space is promised once', async () => {
  const space = new DiskSpace(folder.path);
  const most = 2 ** 50;
  await expect(space.promise(most)).rejects.toMatchObject({ code: 'disk-full' });
  let fits = 1;
  for (let size = 1; size < most; size *= 2) {
    const promise = await space.promise(size).catch(() => undefined);
    if (promise) fits = size;
    promise?.release();
  }
  // More than half of what is free was found to fit: twice that does not.
  const first = await space.promise(fits);
  const second = await space.promise(fits * 0.9).catch((error: unknown) => error);
  if (second instanceof SesameError) expect(second.code).toBe('disk-full');
  else await expect(space.promise(fits * 0.9)).rejects.toMatchObject({ code: 'disk-full' });
  first.use(fits);
  await expect(space.promise(fits * 0.9)).resolves.toBeDefined();
});
