// A real process that is killed while it deletes files.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { CLIENT } from '../contract/journals.ts';
import { FastFolder } from '../support/fast-folder.ts';
import { Program } from '../support/program.ts';
import { filesBelow } from '../support/stored-files.ts';
import { V4Engine } from '../support/v4-engine.ts';

const PROCESS = fileURLToPath(new URL('deletion-process.ts', import.meta.url));
/** What stands for a deletion where others have a content. */
const DELETED = '-';

const folder = await FastFolder.create();
afterAll(() => folder[Symbol.asyncDispose]());

/** What may stand at a path: what was told last, or what was begun since. */
type Promised = Map<string, Set<string>>;

async function runAndKill(round: number, lifetime: number, before: Promised): Promise<Promised> {
  await using program = new Program(process.execPath, [PROCESS, folder.path, `${round}`]);
  await program.says('what it does first', () => program.stdout.includes('done'));
  await new Promise((resolve) => setTimeout(resolve, lifetime));
  await program.stop('SIGKILL');
  const promised = new Map(before);
  // The last line may be cut off.
  for (const line of program.stdout.split('\n').slice(0, -1)) {
    const [verb, path = '', content = ''] = line.split(' ');
    if (verb === 'done') promised.set(path, new Set([content]));
    else promised.set(path, new Set(promised.get(path) ?? [DELETED]).add(content));
  }
  return promised;
}

/** What stands, as the ledger has it; what is on the disk must be the same, and nothing else. */
async function restarted(): Promise<Map<string, string>> {
  await using engine = await V4Engine.open(folder.path);
  const { database, machine, log } = engine.user;
  expect(log.lines.filter(({ level }) => level === 'critical' || level === 'error')).toEqual([]);
  const root = join(folder.path, 'files', CLIENT);
  const files = (await filesBelow(root)).sort();
  const entries = await database.uploads.list(machine.row, '', '', 100);
  expect(entries.map(({ path }) => path)).toEqual(files);
  expect(await database.deletions.list()).toEqual([]);
  const contents = await Promise.all(files.map((path) => readFile(join(root, path), 'utf8')));
  return new Map(files.map((path, i) => [path, contents[i] ?? '']));
}

it('what was deleted stays deleted, however often it is killed', { timeout: 120_000 }, async () => {
  let promised: Promised = new Map();
  for (const [round, lifetime] of [0, 50, 200, 700, 1500, 2500].entries()) {
    promised = await runAndKill(round, lifetime, promised);
    const stands = await restarted();
    for (const [path, allowed] of promised) {
      const content = stands.get(path) ?? DELETED;
      expect([...allowed], `${path} in round ${round}`).toContain(content);
      promised.set(path, new Set([content]));
    }
  }
  expect(promised.size).toBe(4);
});
