// What a package puts below /usr/share: made out of what a program says of itself.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { COMPLETIONS } from '../../src/cli/completion/completion.ts';
import type { ProgramDescription } from '../../src/cli/describe/command-tree.ts';
import { manPages } from './man-page.ts';
import { settingsPage } from './settings-page.ts';

/** Files by their paths below `share`. */
export type ShareFiles = ReadonlyMap<string, string | Uint8Array>;

/** Man pages and completions of a program. @param date of the version, YYYY-MM-DD */
export function programFiles(description: ProgramDescription, date: string): ShareFiles {
  const { program, version, settings } = description;
  const hasSettings = settings.length > 0;
  const edition = { version, date, alsoSee: hasSettings ? ['sesame.toml(5)'] : [] };
  const pages = new Map(manPages(program, edition));
  if (hasSettings) pages.set('sesame.toml.5', settingsPage(description, date));
  return new Map<string, string | Uint8Array>([
    ...[...pages].map(([name, text]) => [`man/man${name.slice(-1)}/${name}.gz`, zipped(text)] as const),
    [`bash-completion/completions/${program.name}`, COMPLETIONS.bash(program)],
    [`zsh/vendor-completions/_${program.name}`, COMPLETIONS.zsh(program)],
    [`fish/vendor_completions.d/${program.name}.fish`, COMPLETIONS.fish(program)],
  ]);
}

/** The same bytes for the same text: no name, no time. */
export function zipped(text: string): Uint8Array {
  return gzipSync(text, { level: 9 });
}

/** Makes the folder hold these files and no others, as everybody may read them. */
export function writeShare(folder: string, files: ShareFiles): void {
  rmSync(folder, { recursive: true, force: true });
  for (const [path, content] of files) {
    const place = join(folder, path);
    mkdirSync(dirname(place), { recursive: true, mode: 0o755 });
    writeFileSync(place, content, { mode: 0o644 });
  }
}
