// Many machines at the same moment, all joined by one line: everything arrives, and everybody is told so.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Fleet } from '../support/fleet.ts';
import { runOf, sampleBytes } from '../support/native-client.ts';
import { RunningServer, TemporaryFolder } from '../support/running-server.ts';
import { listClients, sesamed } from '../support/sesamed.ts';

const MACHINES = 60;
const FILES = 10;

test('sixty machines send ten files each, at once', { timeout: 120_000 }, async () => {
  await using folder = await TemporaryFolder.create();
  const source = join(folder.path, 'ten');
  await mkdir(source);
  for (let index = 0; index < FILES; index++) {
    await writeFile(join(source, `file-${index}`), sampleBytes(256 << index, index));
  }
  await using server = await RunningServer.start();
  await using fleet = await Fleet.enrol(server, MACHINES);

  const runs = await fleet.runAtOnce('put', '-r', '--json', source);
  const failed = runs.filter(({ ending }) => ending.code !== 0);
  expect(failed.map(({ ending }) => ending.stderr)).toEqual([]);
  const entries = FILES + 1; // and the folder
  expect(runs.map(({ ending }) => runOf(ending).acknowledged.length)).toEqual(runs.map(() => entries));

  const clients = await listClients(server.dataDir);
  expect(clients.map(({ files, receipts }) => [files, receipts])).toEqual(runs.map(() => [FILES, FILES]));
  const verified = await sesamed(['files', 'verify', '--data-dir', server.dataDir]);
  expect(verified.code, verified.stdout + verified.stderr).toBe(0);
});
