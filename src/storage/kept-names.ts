/** The names `NAME.~N~` under which older versions are kept beside a file. */

const MAX_SEGMENT_BYTES = 255;
const MAX_PATH_BYTES = 4096;
/** `.~N~` with the largest number there is. */
const LONGEST_SUFFIX = 20;

/** `a/NAME` → `a/NAME.~N~`, at most 255 bytes in the segment and 4,096 in all: NAME is cut where there is no room. */
export function keptName(path: string, n: number): string {
  const suffix = `.~${n}~`;
  const { folder, name, room } = partsOf(path);
  return `${folder}${cut(name, Math.max(room - suffix.length, 1))}${suffix}`;
}

/** What all of these names begin with, for a file at this path. */
export function keptPrefix(path: string): string {
  const { folder, name, room } = partsOf(path);
  const whole = cut(name, Math.max(room - LONGEST_SUFFIX, 1));
  return whole === name ? `${path}.~` : `${folder}${whole}`;
}

/** @returns the N of a path that may be such a name */
export function keptNumber(path: string): number | undefined {
  const n = /\.~([1-9][0-9]{0,15})~$/.exec(path)?.[1];
  return n === undefined ? undefined : Number(n);
}

function partsOf(path: string): { readonly folder: string; readonly name: string; readonly room: number } {
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const room = Math.min(MAX_SEGMENT_BYTES, MAX_PATH_BYTES - Buffer.byteLength(folder));
  return { folder, name: path.slice(folder.length), room };
}

/** Never within a character: a byte 10xxxxxx goes on with the one before it. */
function cut(name: string, bytes: number): string {
  const encoded = Buffer.from(name);
  let end = Math.min(encoded.byteLength, bytes);
  while (end > 0 && end < encoded.byteLength && ((encoded[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return encoded.toString('utf8', 0, end);
}
