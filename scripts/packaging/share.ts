import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { programDescription, type ProgramDescription } from '../../src/cli/describe/command-tree.ts';
import { debianChangelog } from './debian-changelog.ts';
import { ROOT, run } from './run.ts';
import { programFiles, writeShare, zipped } from './share-folder.ts';
import { dateOf, type Version } from './version.ts';

/** Where CMake's install rules look for what belongs to the client, and what belongs to the server stands beside it. */
export const SHARE = join(ROOT, 'build-share');

/** What the programs that were built last say of themselves. */
export const describedClient = (): ProgramDescription => described([join(ROOT, 'build', 'sesame')]);
export const describedServer = (): ProgramDescription =>
  described([process.execPath, join(ROOT, 'dist', 'main.js')]);

/** Makes `build-share/client` and `build-share/server`. */
export function makeShare(version: Version): void {
  const date = dateOf(version);
  const text = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
  writeShare(
    join(SHARE, 'client'),
    new Map<string, string | Uint8Array>([
      ...programFiles(describedClient(), date),
      ['doc/sesame/copyright', text('packaging/copyright')],
      ['doc/sesame/changelog.gz', zipped(debianChangelog(text('CHANGELOG.md'), version))],
    ]),
  );
  writeShare(join(SHARE, 'server'), programFiles(describedServer(), date));
}

function described(program: readonly string[]): ProgramDescription {
  return programDescription.parse(JSON.parse(run([...program, 'describe-commands'])));
}
