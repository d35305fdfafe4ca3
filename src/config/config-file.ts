import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { errnoOf, messageOf } from '../base/errors.ts';
import { formatBytes } from '../base/format.ts';
import { SettingsError } from './fault.ts';
import { TomlDocument } from './toml-document.ts';

export const DEFAULT_CONFIG_FILE = 'sesame.toml';

/** A file of settings has a few hundred lines; what is larger is another file. */
const LARGEST = 1024 * 1024;
const BYTE_ORDER_MARK = '\uFEFF';

export interface ConfigFile {
  readonly path: string;
  readonly document: TomlDocument;
}

/**
 * @param explicit must be there; without it, `sesame.toml` in the working folder may
 * @throws SettingsError where there is nothing to be read
 */
export function readConfigFile(explicit: string | undefined): ConfigFile | undefined {
  const path = explicit ?? DEFAULT_CONFIG_FILE;
  let bytes: Buffer;
  try {
    bytes = readBounded(path);
  } catch (error) {
    if (explicit === undefined && errnoOf(error) === 'ENOENT') return undefined;
    throw error instanceof SettingsError ? error : unreadable(path, `cannot be read: ${messageOf(error)}`);
  }
  return { path, document: TomlDocument.parse(decode(path, bytes)) };
}

function readBounded(path: string): Buffer {
  // A pipe that nobody writes to would stop a server that reads its settings again.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const status = fstatSync(file);
    if (status.isDirectory()) throw unreadable(path, 'is a folder; name the file in it');
    if (!status.isFile()) throw unreadable(path, 'is no regular file; settings are read from one');
    if (status.size > LARGEST) {
      const sizes = `${formatBytes(status.size)}; settings take ${formatBytes(LARGEST)} at most`;
      throw unreadable(path, `is ${sizes}: is it the right file?`);
    }
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

function decode(path: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
      .decode(bytes)
      .replace(BYTE_ORDER_MARK, '');
  } catch {
    const good = lengthOfGood(bytes);
    const before = bytes.subarray(0, good).toString().split('\n');
    const position = { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
    const message = `byte 0x${(bytes[good] ?? 0).toString(16)} is no UTF-8; save the file as UTF-8`;
    throw new SettingsError([{ source: path, position, message }]);
  }
}

/** How many bytes from the start are UTF-8. */
function lengthOfGood(bytes: Buffer): number {
  const text = bytes.toString();
  for (let at = text.indexOf('\uFFFD'); at >= 0; at = text.indexOf('\uFFFD', at + 1)) {
    const before = Buffer.byteLength(text.slice(0, at));
    if (!bytes.subarray(before, before + 3).equals(Buffer.from('\uFFFD'))) return before;
  }
  return bytes.byteLength;
}

function unreadable(path: string, message: string): SettingsError {
  return new SettingsError([{ source: path, message }]);
}
