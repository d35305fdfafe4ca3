import { SesameError } from '../base/errors.ts';
import { checkClientName } from './storage-path.ts';

/** @throws `bad-name` for what no machine can be called */
export function checkMachineName(name: string): void {
  try {
    checkClientName(name);
  } catch (cause) {
    throw new SesameError('bad-name', `"${name}" cannot be the name of a client`, { cause });
  }
}

export function isMachineName(name: string): boolean {
  try {
    checkMachineName(name);
    return true;
  } catch {
    return false;
  }
}
