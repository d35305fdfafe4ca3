import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeRandomFile, writeRandomTree } from '../random-file.ts';
import { hold, type RowOptions, type RowReport } from '../row.ts';
import type { Stage } from '../stage.ts';

const DELAY = 25;
const FILES = 1000;
const SMALL = 4096;
const LARGE = 256 * 1024 * 1024;

/** Small files and a large one, to a server from which an answer takes 50 ms. */
export async function far(stage: Stage, options: RowOptions): Promise<readonly RowReport[]> {
  return [await smallFiles(stage, options), await largeFile(stage, options)];
}

async function smallFiles(stage: Stage, options: RowOptions): Promise<RowReport> {
  const path = join(stage.folder, 'far-small');
  writeRandomTree(path, FILES, SMALL);
  const load = { files: FILES, bytes: FILES * SMALL };
  const source = { path, isFolder: true, delay: DELAY };
  const names = options.slow ? (['sesame', 'rsync', 'scp', 'sftp'] as const) : (['sesame', 'rsync'] as const);
  const standings = await hold(names, { stage, source, load, options });
  rmSync(path, { recursive: true });
  const notes = options.slow ? [] : ['scp and sftp take minutes here: left out without --slow.'];
  return { title: `${FILES} files of 4 KiB, 50 ms away`, load, standings, notes };
}

async function largeFile(stage: Stage, options: RowOptions): Promise<RowReport> {
  const path = join(stage.folder, 'far-large');
  await writeRandomFile(path, LARGE);
  const load = { files: 1, bytes: LARGE };
  const source = { path, isFolder: false, delay: DELAY };
  const standings = await hold(['sesame', 'curl', 'rsync', 'sftp'], { stage, source, load, options });
  rmSync(path);
  return { title: 'one file of 256 MiB, 50 ms away', load, standings, notes: [] };
}
