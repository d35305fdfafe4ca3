import { randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';

const BLOCK = 4 * 1024 * 1024;

/** A file that does not compress. */
export async function writeRandomFile(path: string, size: number): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (let left = size; left > 0; left -= BLOCK) await file.writeFile(randomBytes(Math.min(BLOCK, left)));
  } finally {
    await file.close();
  }
}
