import { execFileSync } from 'node:child_process';
import { mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { LOG_LEVELS } from '../../../src/base/logger.ts';
import { parseLevels } from '../../../src/logging/log-levels.ts';
import { loggerFactory, type LogOptions } from '../../../src/logging/logger-factory.ts';
import { FakeClock } from '../../support/fake-clock.ts';

function recording(levels: string, format: LogOptions['format'] = 'pretty') {
  const lines: string[] = [];
  const write = vi.fn((line: string) => void lines.push(line));
  const clock = new FakeClock();
  const make = loggerFactory({ levels: parseLevels(levels), format, colour: false, write, clock });
  return { make, lines, write };
}

describe('loggerFactory', () => {
  it.for([
    ['storage', LOG_LEVELS],
    ['server', ['error', 'critical']],
  ] as const)('%s speaks from its own level on', ([module, expected]) => {
    const { make, lines } = recording('storage=debug,error');
    const log = make(module);
    for (const level of LOG_LEVELS) log[level](`at ${level}`);
    expect(lines.map((line) => /at (\w+)/.exec(line)?.[1])).toEqual(expected);
    expect(LOG_LEVELS.filter((level) => log.enabled(level))).toEqual(expected);
  });

  it('never writes or looks at values below the level', () => {
    const { make, write } = recording('critical');
    const fields = {
      get costly(): never {
        return expect.fail('nobody asked for it');
      },
    };
    const log = make('server');
    for (const level of ['debug', 'info', 'warning', 'error'] as const) log[level]('quiet', fields);
    expect(write).not.toHaveBeenCalled();
  });

  it('writes one line a call, with the time, the level, the module, the message and the values', () => {
    const { make, lines } = recording('info');
    make('server').warning('too\nmany', { connections: 3 });
    expect(lines).toEqual(['2030-01-01 00:00:00.000 WARNING  server   too\\u{a}many connections=3']);
  });

  it('names the file that logs, at DEBUG only', () => {
    const { make, lines } = recording('debug', 'json');
    const log = make('server');
    log.debug('where am I?');
    log.info('and now?');
    const [debug, info] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(debug?.['source']).toMatch(/^logger-factory\.test\.ts:[1-9]\d*$/);
    expect(info).not.toHaveProperty('source');
  });

  // In a process of its own: the test runner changes lines.
  it('names the line that logs', () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'sesame-logging-'));
    const script = join(folder.path, 'speaker.ts');
    const source = new URL('../../../src/logging/logger-factory.ts', import.meta.url).href;
    const lines = [
      `import { loggerFactory } from ${JSON.stringify(source)};`,
      'interface NotThereAtRunTime { readonly a: string }',
      "const levels = { general: 'debug' as const, modules: new Map() };",
      "const log = loggerFactory({ levels, format: 'pretty', colour: false, write: console.log })('server');",
      "log.debug('one');",
      "function speak(): void { log.debug('two'); }",
      'speak();',
    ];
    writeFileSync(script, lines.join('\n'));
    const said = execFileSync(process.execPath, [script], { encoding: 'utf8' });
    expect(said).toMatch(/one \(speaker\.ts:5\)\n.*two \(speaker\.ts:6\)\n$/);
  });
});
