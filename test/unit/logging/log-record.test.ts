import { describe, expect, it } from 'vitest';
import type { LogFields } from '../../../src/base/logger.ts';
import { jsonFormat, prettyFormat, type LogRecord } from '../../../src/logging/log-record.ts';

const ESC = '\u001b';
const BYTES = Buffer.from('00112233445566778899', 'hex');

const record = (fields: LogFields, more: Partial<LogRecord> = {}): LogRecord => ({
  time: Date.UTC(2030, 0, 1, 12, 30, 0, 7),
  level: 'info',
  module: 'storage',
  message: 'stored',
  fields,
  ...more,
});

/** The values as the pretty format shows them. */
function shown(fields: LogFields): string {
  const line = prettyFormat(false)(record(fields));
  const head = '2030-01-01 12:30:00.007 INFO     storage  stored ';
  expect(line.startsWith(head)).toBe(true);
  return line.slice(head.length);
}

describe('the pretty format', () => {
  it.for([
    [{ size: 1536 }, 'size=1.5 KiB'],
    [{ file_size: 5 }, 'file_size=5 B'],
    [{ free_bytes: 3 * 1024 ** 3 }, 'free_bytes=3.0 GiB'],
    [{ resize: 1536, files: 2000 }, 'resize=1536 files=2000'],
    [{ client: BYTES.subarray(0, 8) }, 'client=0011223344556677'],
    [{ client: BYTES }, 'client=0011223344556677…(10)'],
    [{ name: 'plain', ok: true, none: null }, 'name=plain ok=true none=null'],
    [{ name: 'two words' }, 'name="two words"'],
    [{ name: 'a="b"' }, 'name="a=\\"b\\""'],
    [{ list: [1, 'x'] }, 'list="[1,\\"x\\"]"'],
  ] as const)('%j', ([fields, expected]) => {
    expect(shown(fields)).toBe(expected);
  });

  it('shows a value that is not there', () => {
    expect(shown({ client: undefined })).toBe('client=undefined');
  });

  it.for([
    ['ESC', ESC, '1b'],
    ['CR', '\r', 'd'],
    ['LF', '\n', 'a'],
    ['C1 CSI', '\u009b', '9b'],
    ['right-to-left override', '\u202e', '202e'],
    ['isolate', '\u2066', '2066'],
    ['line separator', '\u2028', '2028'],
  ] as const)('writes %s in values and messages as its code', ([, character, code]) => {
    expect(shown({ name: `a${character}b` })).toBe(`name=a\\u{${code}}b`);
    const line = prettyFormat(false)(record({}, { message: `a${character}b` }));
    expect(line.endsWith(` a\\u{${code}}b`)).toBe(true);
  });

  it('colours only where it is told to, and never by what a value says', () => {
    expect(prettyFormat(true)(record({}))).toContain(`${ESC}[32mINFO`);
    expect(prettyFormat(false)(record({ name: `${ESC}[31mred` }))).not.toContain(ESC);
  });

  it('ends with the source line where there is one', () => {
    expect(prettyFormat(false)(record({ a: 1 }, { source: 'x.ts:7' })).endsWith('a=1 (x.ts:7)')).toBe(true);
  });
});

describe('the JSON format', () => {
  it('is one object with sizes as numbers and byte strings as short hex', () => {
    const line = jsonFormat(record({ size: 1536, client: BYTES, name: 'a b' }, { source: 'x.ts:7' }));
    expect(JSON.parse(line)).toEqual({
      time: '2030-01-01T12:30:00.007Z',
      level: 'INFO',
      module: 'storage',
      message: 'stored',
      source: 'x.ts:7',
      size: 1536,
      client: '0011223344556677…(10)',
      name: 'a b',
    });
  });

  it('is one line, whatever a value holds, and gives it back unchanged', () => {
    const name = `a\r\n${ESC}[31m"b\\`;
    const line = jsonFormat(record({ name }));
    expect(line).not.toMatch(/[\r\n\u001b]/);
    expect(JSON.parse(line)).toHaveProperty('name', name);
  });
});
