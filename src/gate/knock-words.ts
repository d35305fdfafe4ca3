import { timingSafeEqual } from 'node:crypto';
import { sha256 } from '../crypto/sha256.ts';

/** The shared words of GATE.md 2; null: none are taken. */
export interface KnockWords {
  readonly open: string;
  readonly close: string;
  /** Whether a word is answered, in one line. */
  readonly answers: boolean;
}

/** Longer than any word. */
export const LONGEST_LINE = 80;

/** @param said without its line end. @returns undefined for any other word, in the same time */
export function wordSaid(said: string, words: KnockWords): 'open' | 'close' | undefined {
  const isOpen = isSame(said, words.open);
  const isClose = isSame(said, words.close);
  return isOpen ? 'open' : isClose ? 'close' : undefined;
}

function isSame(said: string, word: string): boolean {
  return timingSafeEqual(sha256(Buffer.from(said)), sha256(Buffer.from(word)));
}
