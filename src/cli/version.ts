import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { projectFolder } from './project-folder.ts';

export function programVersion(): string {
  const text = readFileSync(new URL('package.json', projectFolder), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}
