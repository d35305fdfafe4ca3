import { SesameError } from '../base/errors.ts';

export const NAME_FIELD_BYTES = 255;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * A name from its field of 255 bytes: what stands before the first NUL. What follows it is the client's rubbish.
 *
 * @throws `bad-name` without a NUL, when empty, or when not UTF-8 (PROTOCOL.md 1.1, Names)
 */
export function decodeName(field: Uint8Array): string {
  const end = field.indexOf(0);
  if (end < 0) throw new SesameError('bad-name', 'the name is not ended by a NUL within its field');
  if (end === 0) throw new SesameError('bad-name', 'the name is empty');
  try {
    return utf8.decode(field.subarray(0, end));
  } catch (cause) {
    throw new SesameError('bad-name', 'the name is not UTF-8', { cause });
  }
}
