const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** 1536 → `1.5 KiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // 1023.95 would be shown as 1024.0 of the smaller unit.
  while (Math.abs(value) >= (unit === 0 ? 1024 : 1023.95) && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? String(value) : value.toFixed(1)} ${UNITS[unit] ?? ''}`;
}

/** The first bytes in hex and how many there are: `115b9c31…(32)`. Never the whole of anything long. */
export function shortHex(bytes: Uint8Array, shown = 8): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, shown)).toString('hex');
  return bytes.byteLength <= shown ? hex : `${hex}…(${bytes.byteLength})`;
}

// C0, DEL, C1, zero-width and bidirectional marks, line and paragraph separators, byte order mark, lone surrogates.
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|\p{Surrogate}/gu;

/** A name from outside, safe to show in a terminal or a log: what could steer either is written as `\u{…}`. */
export function escapeForDisplay(text: string): string {
  return text.replace(UNSAFE, (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`);
}

/** JSON text that is safe to show in a terminal: the same value, with what could steer it written as `\\u…`. */
export function escapeJson(json: string): string {
  return json.replace(UNSAFE, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
