import type { FileBrowser } from '../transfer/browse-ports.ts';
import type { FileRow } from './api-types.ts';
import { fileRowOf } from './file-rows.ts';

const PAGE = 200;
const COLUMNS = [
  'client',
  'path',
  'size',
  'modified',
  'received',
  'protocol',
  'sha256',
  'crc32',
  'receipt',
] as const;
/** A cell that begins like this is a formula to a spreadsheet. */
const FORMULA = /^[=+\-@\t\r]/;

/** RFC 4180, one line a file, in chunks. */
export async function* csvOf(browser: FileBrowser, snapshot: string, total: number): AsyncGenerator<string> {
  yield `${COLUMNS.join(',')}\r\n`;
  for (let offset = 0; offset < total; offset += PAGE) {
    const rows = await browser.page(snapshot, offset, PAGE);
    yield rows.map((row) => (row ? line(fileRowOf(row)) : '')).join('');
  }
}

function line(row: FileRow): string {
  return `${COLUMNS.map((column) => cell(row[column])).join(',')}\r\n`;
}

function cell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
