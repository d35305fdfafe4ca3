import type { Value } from '../describe/command-tree.ts';

/** What a shell offers for a value: nothing, names of files, of folders, or these words. */
export type ValueKind =
  | { readonly kind: 'anything' | 'file' | 'folder' }
  | { readonly kind: 'words'; readonly words: readonly string[] };

/** What --help calls values that name something on this machine. */
const FILES = /^(file|f|path|out|socket|transfer_info)\b/i;
const FOLDERS = /^(dir|folder)\b/i;

/** What may stand for a value, for it is called as what it is. */
export function valueKind({ value, words, remote }: Value): ValueKind {
  if (words.length > 0) return { kind: 'words', words };
  if (value === null || remote) return { kind: 'anything' };
  if (FOLDERS.test(value)) return { kind: 'folder' };
  return { kind: FILES.test(value) ? 'file' : 'anything' };
}
