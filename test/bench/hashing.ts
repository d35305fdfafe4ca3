import { createHash, randomBytes } from 'node:crypto';

const BLOCK = 256 * 1024;

/** The CPU seconds that SHA-256 of so many bytes takes, out of a block that is in the processor's cache. */
export function hashingAlone(bytes: number): number {
  const block = randomBytes(BLOCK);
  const before = process.cpuUsage();
  const hash = createHash('sha256');
  for (let left = bytes; left > 0; left -= BLOCK) hash.update(block.subarray(0, Math.min(left, BLOCK)));
  hash.digest();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
