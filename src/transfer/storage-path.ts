import { SesameError } from '../base/errors.ts';

const MAX_SEGMENT_BYTES = 255;
const MAX_SEGMENTS = 64;
const MAX_PATH_BYTES = 254;
const MAX_V4_PATH_BYTES = 4096;
const MAX_CLIENT_NAME_CHARACTERS = 100;

/** Names that some file system takes for a device, with whatever extension. */
const DEVICE = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;

/**
 * The one place where a name from outside becomes a part of a path (PROTOCOL.md 1.1, Names).
 *
 * @throws `bad-path`
 */
function checkSegment(segment: string): void {
  const problem = segmentProblem(segment);
  if (problem !== undefined) throw new SesameError('bad-path', `a name ${problem} cannot be stored`);
}

function segmentProblem(segment: string): string | undefined {
  if (segment === '') return 'without characters';
  if (segment === '.' || segment === '..') return 'that is a dot segment';
  if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES) return `longer than ${MAX_SEGMENT_BYTES} bytes`;
  if (/[/\\:\0]/.test(segment)) return 'with a slash, backslash, colon or NUL';
  if (/[. ]$/.test(segment)) return 'that ends in a dot or a space';
  if (DEVICE.test(segment)) return 'of a device';
  return undefined;
}

/**
 * A client name, which is its folder below `files/`.
 *
 * @throws `bad-path`
 */
export function checkClientName(name: string): void {
  checkSegment(name);
  if (Array.from(name).length > MAX_CLIENT_NAME_CHARACTERS) {
    throw new SesameError('bad-path', `a client name has at most ${MAX_CLIENT_NAME_CHARACTERS} characters`);
  }
}

/** Two client names with the same key are the same: case and composition do not make another client. */
export function clientNameKey(name: string): string {
  return name.normalize('NFC').toLowerCase().normalize('NFC');
}

/**
 * The path of a file below its client's folder, from a name as v3 programs send it: local paths, of Unix or Windows.
 *
 * @returns segments joined by `/`
 * @throws `bad-path` where nothing safe is left
 */
export function v3StoragePath(name: string): string {
  const segments = name
    .replaceAll('\\', '/')
    .replace(/^[a-z]:/i, '')
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.' && segment !== '..');
  if (segments.length === 0)
    throw new SesameError('bad-path', 'nothing of the name is left to store it under');
  if (segments.length > MAX_SEGMENTS) {
    throw new SesameError('bad-path', `a name with more than ${MAX_SEGMENTS} folders cannot be stored`);
  }
  segments.forEach(checkSegment);
  const path = segments.join('/');
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw new SesameError('bad-path', `a name of more than ${MAX_PATH_BYTES} bytes cannot be stored`);
  }
  return path;
}

/**
 * The path of a file or folder below its client's folder, as v4 gives it: refused where it is not safe, never mended
 * (PROTOCOL.md 2.2, Paths).
 *
 * @throws `bad-path`
 */
export function checkV4Path(path: string): void {
  path.split('/').forEach(checkSegment);
  if (Buffer.byteLength(path) > MAX_V4_PATH_BYTES) {
    throw new SesameError('bad-path', `a path of more than ${MAX_V4_PATH_BYTES} bytes cannot be stored`);
  }
}
