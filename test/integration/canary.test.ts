import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { Engine } from '../support/engine.ts';
import { FastFolder } from '../support/fast-folder.ts';
import { Program } from '../support/program.ts';
import { filesWith } from '../support/search.ts';

const PROCESS = fileURLToPath(new URL('canary-process.ts', import.meta.url));

it('no AES key is anywhere in the data folder, not while it serves and not after it was killed', async () => {
  await using folder = await FastFolder.create();
  const dataDir = join(folder.path, 'data');
  await using server = new Program(process.execPath, [PROCESS, dataDir]);
  await server.says('the keys', () => server.stdout.includes('\n'));
  const keys = (JSON.parse(server.stdout) as string[]).map((key) => Buffer.from(key, 'hex'));
  expect(keys).toHaveLength(20);

  const found = (): string[] => keys.flatMap((key) => filesWith(dataDir, key));
  expect(readdirSync(dataDir)).toContain('sesame.db-wal');
  expect(found()).toEqual([]);
  await server.stop('SIGKILL');
  expect(readdirSync(dataDir)).toContain('sesame.db-wal');
  expect(found()).toEqual([]);

  // The search does find what is there, and the keys are there, sealed.
  await using engine = await Engine.open(dataDir);
  const { id = Buffer.alloc(0) } = (await engine.registrar.findKeyed('client 7')) ?? {};
  expect(filesWith(dataDir, id)).toContain('sesame.db-wal');
  const client = await engine.registrar.findKeyed('client 7');
  expect(client && Buffer.from(engine.registrar.aesKeyOf(client))).toEqual(keys[7]);
  await engine.recover();
  expect(found()).toEqual([]);
});
