// C0, DEL, C1, zero-width and bidirectional marks, line and paragraph separators, byte order mark, lone surrogates:
// what could hide, reorder or break a line.
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|\p{Surrogate}/gu;

/** A stretch of text that is either shown as it is, or stands for one character that must not be. */
export interface TextPart {
  readonly text: string;
  readonly escaped: boolean;
}

/** Whether a text may be shown as it is. */
export function isSafe(text: string): boolean {
  return text.search(UNSAFE) < 0;
}

/** Splits a name from outside into what is safe to show and what is written as `\u{…}` instead. */
export function textParts(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let from = 0;
  for (const match of text.matchAll(UNSAFE)) {
    if (match.index > from) parts.push({ text: text.slice(from, match.index), escaped: false });
    parts.push({ text: escapeOf(match[0]), escaped: true });
    from = match.index + match[0].length;
  }
  if (from < text.length) parts.push({ text: text.slice(from), escaped: false });
  return parts;
}

/** The same as one string: for titles, labels and messages. */
export function escapeText(text: string): string {
  return text.replace(UNSAFE, escapeOf);
}

function escapeOf(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/** Keeps the beginning and the end: nobody reads the middle of 4,096 folders. */
export function shorten(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const half = Math.floor((limit - 1) / 2);
  return `${text.slice(0, half).toWellFormed()}…${text.slice(-half).toWellFormed()}`;
}
