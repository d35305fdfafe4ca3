import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

const BLOCK = 4 * 1024 * 1024;
const FILES_IN_A_FOLDER = 100;

/** A file that does not compress. */
export async function writeRandomFile(path: string, size: number): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (let left = size; left > 0; left -= BLOCK) await file.writeFile(randomBytes(Math.min(BLOCK, left)));
  } finally {
    await file.close();
  }
}

/** A tree of small files that do not compress, a hundred in each folder. */
export function writeRandomTree(path: string, files: number, size: number): void {
  for (let i = 0; i < files; i++) {
    const folder = join(path, `folder ${Math.floor(i / FILES_IN_A_FOLDER)}`);
    if (i % FILES_IN_A_FOLDER === 0) mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `file ${i}.bin`), randomBytes(size));
  }
}
