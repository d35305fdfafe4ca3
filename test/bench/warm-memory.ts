import { existsSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BLOCK = Buffer.alloc(4 * 1024 * 1024, 1);
const MEMORY = '/dev/shm';

/**
 * Takes so much memory from the system, and gives it back. A virtual machine has to be given memory that nobody used
 * lately, which may take longer than the transfer that asks for it.
 */
export async function warmMemory(bytes: number): Promise<void> {
  const path = join(existsSync(MEMORY) ? MEMORY : tmpdir(), `sesame-bench-${process.pid}`);
  const file = await open(path, 'w');
  try {
    for (let left = bytes; left > 0; left -= BLOCK.length) await file.writeFile(BLOCK);
  } finally {
    await file.close();
    rmSync(path);
  }
}
