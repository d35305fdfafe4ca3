import { join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** The top folder of the project. */
export const root = resolve(fileURLToPath(import.meta.url), '../../..');

/** A path below the top folder. */
export const at = (...parts) => join(root, ...parts);

/**
 * PATH without the project's own node_modules/.bin. npm runs on the machine's Node: the pinned one lives
 * below node_modules, which `npm ci` deletes while it runs.
 */
export function machinePath() {
  const entries = (process.env.PATH ?? '').split(':');
  return entries.filter((entry) => !entry.startsWith(at('node_modules'))).join(':');
}
