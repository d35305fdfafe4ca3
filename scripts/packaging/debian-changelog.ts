import type { Version } from './version.ts';

const MAINTAINER = 'The Sesame developers <sesame@packages.example>';
const WIDTH = 78;

/** CHANGELOG.md as Debian wants it. Its versions have no dates of their own: all get that of the sources. */
export function debianChangelog(markdown: string, { epoch }: Version): string {
  const date = new Date(epoch * 1000).toUTCString().replace('GMT', '+0000');
  const versions = markdown.split(/^## /m).slice(1);
  return versions
    .map((text) => {
      const [name = '', ...lines] = text.split('\n');
      const items = lines.filter((line) => line.startsWith('- ')).map((line) => item(line.slice(2)));
      return `sesame (${name.trim()}) unstable; urgency=medium\n\n${items.join('')}\n -- ${MAINTAINER}  ${date}\n`;
    })
    .join('\n');
}

function item(markdown: string): string {
  const lines = ['  *'];
  for (const word of markdown.replaceAll('`', '').split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last.length + 1 + word.length > WIDTH) lines.push(`    ${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return `${lines.join('\n')}\n`;
}
