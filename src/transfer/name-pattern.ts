import { SesameError } from '../base/errors.ts';
import { clientNameKey } from './storage-path.ts';

/** As long as a client name may be. */
const MAX_CHARACTERS = 100;
/** What no client name has. */
const NEVER_IN_A_NAME = /[/\\:\0]/;

/**
 * A client name in which `*` stands for any characters and `?` for one (FLEET.md), held against names without regard to
 * case and composition. Matching takes at most as many steps as name and pattern have characters, multiplied.
 */
export class NamePattern {
  /** As it was given. */
  readonly text: string;
  /** Two patterns with the same key are the same. */
  readonly key: string;
  /** It stands for one name alone. */
  readonly isExact: boolean;
  /** Characters that stand for themselves: of two patterns, the one that has more says more. */
  readonly weight: number;
  readonly #characters: readonly string[];

  /** @throws `bad-name` for what no name can match */
  constructor(text: string) {
    const count = Array.from(text).length;
    if (count === 0 || count > MAX_CHARACTERS || NEVER_IN_A_NAME.test(text)) {
      throw new SesameError(
        'bad-name',
        `"${text}" is no pattern of client names: 1 to ${MAX_CHARACTERS} characters are wanted, and no slash, backslash or colon`,
      );
    }
    this.text = text;
    this.key = clientNameKey(text);
    this.#characters = Array.from(this.key);
    this.isExact = !/[*?]/.test(text);
    this.weight = this.#characters.filter((character) => !/[*?]/.test(character)).length;
  }

  matches(clientName: string): boolean {
    const name = Array.from(clientNameKey(clientName));
    const pattern = this.#characters;
    let at = 0;
    // Behind the last `*`, and how much of the name that takes so far: only that one is ever tried again.
    let star: { readonly next: number; taken: number } | undefined;
    for (let position = 0; position < name.length;) {
      const wanted = pattern[at];
      if (wanted === '*') {
        at += 1;
        star = { next: at, taken: position };
      } else if (wanted !== undefined && (wanted === '?' || wanted === name[position])) {
        at += 1;
        position += 1;
      } else if (star) {
        star.taken += 1;
        at = star.next;
        position = star.taken;
      } else {
        return false;
      }
    }
    return pattern.slice(at).every((rest) => rest === '*');
  }
}
