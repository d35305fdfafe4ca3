import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeRandomTree } from '../random-file.ts';
import { hold, type RowOptions, type RowReport } from '../row.ts';
import type { Stage } from '../stage.ts';

const SIZE = 4096;

/** Many small files over loopback. */
export async function small(stage: Stage, options: RowOptions): Promise<readonly RowReport[]> {
  const path = join(stage.folder, 'small');
  writeRandomTree(path, options.files, SIZE);
  const load = { files: options.files, bytes: options.files * SIZE };
  const source = { path, isFolder: true };
  const standings = await hold(['sesame', 'rsync', 'scp', 'sftp'], { stage, source, load, options });
  rmSync(path, { recursive: true });
  return [{ title: `${options.files} files of 4 KiB`, load, standings, notes: [] }];
}
