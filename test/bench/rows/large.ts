import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { hashingAlone } from '../hashing.ts';
import { mib } from '../format.ts';
import { writeRandomFile } from '../random-file.ts';
import { hold, type RowOptions, type RowReport } from '../row.ts';
import type { Stage } from '../stage.ts';

/** One large file over loopback. */
export async function large(stage: Stage, options: RowOptions): Promise<readonly RowReport[]> {
  const path = join(stage.folder, 'large');
  await writeRandomFile(path, options.size);
  const load = { files: 1, bytes: options.size };
  const source = { path, isFolder: false };
  const standings = await hold(['sesame', 'curl', 'scp', 'sftp', 'rsync'], { stage, source, load, options });
  rmSync(path);

  const hashing = hashingAlone(options.size);
  const sesame = standings.find(({ name }) => name === 'sesame');
  const without = (sesame?.cpu ?? NaN) - 2 * hashing;
  const notes = [
    `SHA-256 of ${mib(options.size)} alone takes ${hashing.toFixed(2)} s of CPU, ${(2 * hashing).toFixed(2)} s at both ends.`,
  ];
  if (sesame) notes.push(`sesame without it: ${without.toFixed(2)} s of CPU.`);
  const figures = { hashing, ...(sesame && { sesameCpuWithoutHashing: without }) };
  return [{ title: `one file of ${mib(options.size)}`, load, standings, notes, figures }];
}
