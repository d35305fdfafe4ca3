// What lies below files/ of a server, held against what was sent.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunningServer } from './running-server.ts';

export type Files = ReadonlyMap<string, Uint8Array>;

/** Where a file lies below the client's folder, for the names that the tests send (docs/PROTOCOL.md, 1.1). */
export function segmentsOf(name: string): string[] {
  return name.split('/').filter((segment) => segment !== '' && segment !== '..' && segment !== '.');
}

/** Which of these files do not lie at their places byte for byte. */
export async function notStored(server: RunningServer, client: string, files: Files): Promise<string[]> {
  const wrong: string[] = [];
  for (const [name, content] of files) {
    const stored = await readFile(server.file(client, ...segmentsOf(name))).catch(() => undefined);
    if (!stored?.equals(content)) wrong.push(name);
  }
  return wrong;
}

/** The paths of all files below a folder; none where there is no folder. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}
