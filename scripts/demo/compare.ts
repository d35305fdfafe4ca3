import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** Small files of v4 are put to their places a moment after they were acknowledged, ms. */
const LONGEST_PLACING = 5000;

/** As `areIdentical`, of a file that the server may be about to put to its place. */
export async function becomeIdentical(one: string, stored: string): Promise<boolean> {
  const end = performance.now() + LONGEST_PLACING;
  while (!(await areIdentical(one, stored))) {
    if (performance.now() > end) return false;
    await sleep(50);
  }
  return true;
}

/** Whether two files have the same bytes. A file that is not there is the same as none. */
async function areIdentical(one: string, other: string): Promise<boolean> {
  try {
    const [{ size }, { size: otherSize }] = await Promise.all([stat(one), stat(other)]);
    return size === otherSize && (await digest(one)) === (await digest(other));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}

async function digest(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
