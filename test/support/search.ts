// Looking for what must not be found.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Which files below a folder hold these bytes: as they are, in hex of either case, or in base64. */
export function filesWith(folder: string, bytes: Uint8Array): string[] {
  const needle = Buffer.from(bytes);
  const hex = needle.toString('hex');
  const forms = [needle, hex, hex.toUpperCase(), ...base64Forms(needle)];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => {
      const content = readFileSync(path);
      return forms.some((form) => content.includes(form));
    })
    .map((path) => relative(folder, path))
    .sort();
}

/** What surely appears of these bytes in base64, whichever of the three ways they are aligned. */
function base64Forms(bytes: Buffer): string[] {
  return [0, 1, 2].map((skip) => {
    const whole = Math.floor((bytes.length - skip) / 3) * 3;
    return bytes.subarray(skip, skip + whole).toString('base64');
  });
}
