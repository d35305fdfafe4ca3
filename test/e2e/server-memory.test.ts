// The server's memory does not grow with the file that it takes.
import { readFile, stat } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { ClientFolder } from '../support/native-client.ts';
import { RunningServer } from '../support/running-server.ts';

const MIB = 1024 * 1024;

/** The most memory that a process ever had resident, in MiB. */
async function peakMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

test('512 MiB in one file: at most 200 MiB resident, at any time', async () => {
  await using server = await RunningServer.start();
  await using folder = await ClientFolder.create(server.port, 'large', ['zeros']);
  await folder.writeSparse('zeros', 512 * MIB);
  const { code, stderr } = await folder.send();
  expect(code, stderr).toBe(0);
  expect((await stat(server.file('large', 'zeros'))).size).toBe(512 * MIB);
  expect(await peakMiB(server.pid)).toBeLessThanOrEqual(200);
}, 60_000);
