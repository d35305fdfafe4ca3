// Much, large and odd things to send: nothing is lost, and the server's memory does not grow with them.
import { createHash } from 'node:crypto';
import { mkdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { inForm, numbered } from '../loops/form.ts';
import { Machine } from '../loops/machine.ts';
import { expectKept, hashOf } from '../loops/promises-kept.ts';
import { sampleBytes } from '../support/native-client.ts';
import { RunningServer } from '../support/running-server.ts';
import { until } from '../support/waiting.ts';

const MIB = 1024 * 1024;
const MOST_MEMORY = 200 * MIB;
/** Small files by the thousand are not held to those 200 MiB yet: what their requests leave to the garbage collector is. */
const MOST_MEMORY_SMALL = 320 * MIB;
const LIMIT = inForm(60_000, 300_000);

let server: RunningServer;
let machine: Machine;
beforeEach(async () => {
  server = await RunningServer.start('--v3', 'off');
  machine = await Machine.join(server.port, 'loaded');
  return async () => {
    await machine[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  };
}, LIMIT);

/** The most bytes that a process ever had resident. */
async function peakMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function put(...args: string[]): Promise<void> {
  await using client = machine.put(server.port, ...args);
  const { code, stderr } = await client.ended;
  expect(code, stderr).toBe(0);
}

test('ten thousand small files', { timeout: LIMIT }, async () => {
  const files = new Map<string, string>();
  for (const i of numbered(10_000)) {
    const path = join('many', `${i % 100}`, `${i}`);
    if (i <= 100) await mkdir(join(machine.folder, 'many', `${i % 100}`), { recursive: true });
    const content = sampleBytes(i % 5000, i);
    await writeFile(join(machine.folder, path), content);
    files.set(path, sha256(content));
  }
  await put('-r', 'many');
  expect(await peakMemory(server.pid)).toBeLessThanOrEqual(MOST_MEMORY_SMALL);
  await expectKept(server, machine.name, files);
});

test('a sparse file', { timeout: LIMIT }, async () => {
  const size = inForm(512 * MIB, 5 * 1024 * MIB);
  await writeFile(join(machine.folder, 'zeros'), '');
  await truncate(join(machine.folder, 'zeros'), size);
  await put('zeros');
  expect(await peakMemory(server.pid)).toBeLessThanOrEqual(MOST_MEMORY);
  expect((await stat(server.file(machine.name, 'zeros'))).size).toBe(size);
  await expectKept(server, machine.name, new Map([['zeros', await hashOf(join(machine.folder, 'zeros'))]]));
});

test('a file that changes while it is sent', { timeout: LIMIT }, async () => {
  const path = join(machine.folder, 'changing');
  await writeFile(path, sampleBytes(20 * MIB, 1));
  await using client = machine.put(server.port, '--bwlimit', '10M', 'changing');
  await until('some of it has come', async () => {
    const [name] = await server.incoming();
    return name !== undefined && (await stat(join(server.dataDir, 'incoming', name))).size > MIB;
  });
  const content = sampleBytes(15 * MIB, 2);
  await writeFile(path, content);
  expect((await client.ended).code).toBe(0);
  await expectKept(server, machine.name, new Map([['changing', sha256(content)]]));
});

test.for([0, 100, 3 * MIB])('%d bytes from standard input', { timeout: LIMIT }, async (size) => {
  const input = 'abc\n'.repeat(size / 4);
  const { code, stderr } = await machine.run(['put', '-', '--to', 'from stdin', '--port', `${server.port}`], {
    input,
  });
  expect(code, stderr).toBe(0);
  await expectKept(server, machine.name, new Map([['from stdin', sha256(Buffer.from(input))]]));
});
