// What the pages promise is what the code has.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ERROR_KINDS } from '../../../src/base/errors.ts';
import { MINUTE, SECOND } from '../../../src/base/clock.ts';
import { environmentName, SETTING_KEYS, settingOf, SETTINGS } from '../../../src/config/settings.ts';
import { CRC_VARIANTS } from '../../../src/crypto/crc-variants.ts';
import { RequestCode, ResponseCode } from '../../../src/protocol/v3/codes.ts';
import { LIMITS } from '../../../src/server/limits.ts';

function page(path: string): string {
  return readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
}

/** The rows of all tables of a page below a heading, each a list of cells without backticks. */
function rows(path: string, heading: string): string[][] {
  const section = page(path).split(`\n${heading}\n`)[1]?.split(/\n#+ /)[0] ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('| `') || /^\| \d/.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '')),
    );
}

describe('docs/OPERATIONS.md', () => {
  test('lists every error code with its kind, and no other', () => {
    const listed = rows('docs/OPERATIONS.md', '## Error codes').map(([code, kind]) => [code, kind]);
    expect(Object.fromEntries(listed)).toEqual(ERROR_KINDS);
  });

  test('lists every setting with its flag and its variable, and no other', () => {
    const listed = rows('docs/OPERATIONS.md', '## Settings').map((cells) => cells.slice(0, 3));
    const settings = SETTING_KEYS.map((key) => [key, SETTINGS[key].flag.split(' ')[0], environmentName(key)]);
    expect(listed.sort()).toEqual(settings.sort());
  });

  test('marks the settings for which a reload is enough, and no other', () => {
    const marked = rows('docs/OPERATIONS.md', '## Settings')
      .filter((cells) => cells.at(-1)?.startsWith('↻'))
      .map(([key]) => key);
    expect(marked.sort()).toEqual(SETTING_KEYS.filter((key) => settingOf(key).reloadable).sort());
  });
});

describe('docs/PROTOCOL.md', () => {
  const protocol = page('docs/PROTOCOL.md');

  test('has every code of the program', () => {
    const codes = [...Object.values(RequestCode), ...Object.values(ResponseCode)];
    const missing = codes.filter((code) => !new RegExp(`^\\| ${code} \\|`, 'm').test(protocol));
    expect(missing).toEqual([]);
  });

  test('has the CRC variants in the order in which they are tried', () => {
    const listed = rows('docs/PROTOCOL.md', '## 1.2 Cryptography').map(([name]) => name);
    expect(listed).toEqual(CRC_VARIANTS);
  });

  test('states the limits that are kept', () => {
    const row = (title: string): string =>
      protocol.split('\n').find((line) => line.startsWith(`| ${title}`)) ?? `no row "${title}"`;
    expect(row('a header, from its first byte')).toContain(`${LIMITS.header / SECOND} s`);
    expect(row('a payload other than')).toContain(`${LIMITS.payload / SECOND} s`);
    expect(row('between requests')).toContain(`${LIMITS.rest / MINUTE} min`);
    expect(row('file bytes')).toContain(
      `${LIMITS.progressBytes / 1024} KiB in every ${LIMITS.progressWindow / SECOND} s, and ${LIMITS.body / MINUTE / 60} h`,
    );
    expect(row('answers not read')).toContain(
      `${LIMITS.unreadAnswerBytes / 1024} KiB, for ${LIMITS.unreadAnswers / SECOND} s`,
    );
  });
});

test('docs/ARCHITECTURE.md has a sentence for every dependency', () => {
  const manifest = z.object({
    dependencies: z.record(z.string(), z.string()),
    devDependencies: z.record(z.string(), z.string()),
  });
  const { dependencies, devDependencies } = manifest.parse(JSON.parse(page('package.json')));
  const debian = page('scripts/debian-packages.txt')
    .split('\n')
    .filter((line) => line.startsWith('build '))
    .map((line) => line.split(/\s+/)[1] ?? '')
    .filter((name) => name.startsWith('lib') || name.endsWith('-dev'));
  const section = page('docs/ARCHITECTURE.md').split('## Why each dependency')[1] ?? '';
  const first = section
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split('|')[1] ?? '')
    .join(' ');
  const missing = [...Object.keys({ ...dependencies, ...devDependencies }), ...debian].filter((name) => {
    const known = name.startsWith('@types/') ? '@types/*' : name.replace(/-dev$/, '');
    return !first.includes(known);
  });
  expect(missing).toEqual([]);
});
