import { createHash, randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { Program } from '../support/program.ts';
import { FastFolder } from '../support/fast-folder.ts';
import { CLIENT, JournalUser } from './journals.ts';

const PROCESS = fileURLToPath(new URL('journal-process.ts', import.meta.url));

const folder = await FastFolder.create();
afterAll(() => folder[Symbol.asyncDispose]());

/** What a process was told is durable before it was killed after so many ms: paths and SHA-256, in order. */
async function acknowledgedBy(round: number, lifetime: number): Promise<[path: string, sha256: string][]> {
  await using program = new Program(process.execPath, [PROCESS, folder.path, `${round}`]);
  await program.says('its first file', () => program.stdout.includes('\n'));
  await new Promise((resolve) => setTimeout(resolve, lifetime));
  await program.stop('SIGKILL');
  // The last line may be cut off.
  const lines = program.stdout.split('\n').slice(0, -1);
  return lines.map((line) => {
    const [path = '', sha256 = ''] = line.split(' ');
    return [path, sha256];
  });
}

/** SHA-256 of what stands at each path, as the ledger has it; what is on the disk must be the same. */
async function stored(): Promise<Map<string, string>> {
  await using user = await JournalUser.open(folder.path);
  await user.replay();
  await user.finishIntents();
  expect(user.log.lines.filter(({ level }) => level === 'critical' || level === 'error')).toEqual([]);
  const versions = new Map<string, string>();
  for (const entry of await user.database.uploads.list(user.machine.row, '', '', 1_000_000)) {
    const content = await readFile(join(folder.path, 'files', CLIENT, entry.path));
    const sha256 = createHash('sha256').update(content).digest('hex');
    expect([entry.path, sha256]).toEqual([entry.path, Buffer.from(entry.sha256).toString('hex')]);
    versions.set(entry.path, sha256);
  }
  expect(await readdir(join(folder.path, 'journal'))).toEqual([]);
  return versions;
}

it('loses nothing that was committed, however often it is killed', { timeout: 120_000 }, async () => {
  const kept = new Set<string>();
  for (let round = 0; round < 6; round++) {
    const acknowledged = await acknowledgedBy(round, [0, 20, 200, 700, 1500, 2500][round] ?? randomInt(2000));
    const versions = await stored();
    const digests = new Set(versions.values());
    for (const [path, sha256] of acknowledged) if (path.startsWith('v/')) kept.add(sha256);
    expect([...kept].filter((sha256) => !digests.has(sha256))).toEqual([]);
    // Of the others the last one stands, or one that was committed and not yet told of.
    for (const path of versions.keys()) {
      const told = acknowledged.findLast(([toldPath]) => toldPath === path);
      const later = acknowledged.some(([, sha256]) => sha256 === versions.get(path));
      if (told && later) expect(versions.get(path)).toBe(told[1]);
    }
    for (const [path] of acknowledged)
      expect(existsSync(join(folder.path, 'files', CLIENT, path))).toBe(true);
  }
  expect(kept.size).toBeGreaterThan(100);
});
