// Whatever the log says at WARNING or above, the page says what it means.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** A message that begins a call of a logger: `log.warning('…'`, `this.#parts.log.error('…'`, `loggers('server').critical('…'`. */
const LINE = /(?:log|loggers\('\w+'\))\.(warning|error|critical)\(\s*'((?:[^'\\]|\\.)+)'/g;

test('docs/OPERATIONS.md explains every line at WARNING and above, and no other', () => {
  const sources = globSync('src/**/*.ts', { cwd: ROOT });
  const written = sources.flatMap((path) =>
    Array.from(
      readFileSync(join(ROOT, path), 'utf8').matchAll(LINE),
      ([, level, text]) => `${level}: ${text}`,
    ),
  );
  expect(written.length).toBeGreaterThan(30);
  const section =
    readFileSync(join(ROOT, 'docs/OPERATIONS.md'), 'utf8').split('### Lines of the log\n')[1] ?? '';
  const explained = (section.split('\n## ')[0] ?? '').split('\n').flatMap((row) => {
    const [, lines = '', level = ''] =
      row.split(' | ').length > 2 ? (/^\| (.*?) \| (\w+) \|/.exec(row) ?? []) : [];
    return Array.from(lines.matchAll(/`([^`]+)`/g), ([, text]) => `${level}: ${text}`);
  });
  expect(new Set(written).difference(new Set(explained))).toEqual(new Set());
  const unwritten = new Set(explained).difference(new Set(written));
  // These two are chosen between where they are written.
  expect(unwritten).toEqual(
    new Set(['warning: nearly as many requests as are taken', 'warning: no request more is taken']),
  );
});
