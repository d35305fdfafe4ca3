import { SesameError } from '../base/errors.ts';
import { checkClientName } from './storage-path.ts';

/** FLEET.md 1, Names. */
const GIVEN_TO_ITSELF = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/;

/** @throws `bad-name` for what no machine can be called */
export function checkMachineName(name: string): void {
  try {
    checkClientName(name);
  } catch (cause) {
    throw new SesameError('bad-name', `"${name}" cannot be the name of a client`, { cause });
  }
}

/**
 * What a machine may call itself where no operator names it: people read such a name, and paste it into a shell.
 *
 * @throws `bad-name`
 */
export function checkOwnName(name: string): void {
  checkMachineName(name);
  if (!GIVEN_TO_ITSELF.test(name)) {
    throw new SesameError(
      'bad-name',
      `no machine can call itself "${name}": letters, digits, . _ and - make a name, at most 100 and no . or - in front`,
    );
  }
}

export function isOwnName(name: string): boolean {
  try {
    checkOwnName(name);
    return true;
  } catch {
    return false;
  }
}
