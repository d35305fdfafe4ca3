import { argon2id, hash, needsRehash, verify } from 'argon2';

/** RFC 9106 leaves the choice; these are what OWASP recommends where memory is dear: 19 MiB, 2 passes, 1 lane. */
const COST = { type: argon2id, memoryCost: 19 * 1024, timeCost: 2, parallelism: 1 } as const;

/** A password as it is kept: argon2id in PHC form, with a salt of its own. Works in libuv's threads. */
export function hashPassword(password: string): Promise<string> {
  return hash(password.normalize('NFC'), COST);
}

/** @param kept null: there is nothing to hold it against, and saying no must take as long as it would */
export async function isPassword(kept: string | null, password: string): Promise<boolean> {
  const right = await verify(kept ?? (await nobody()), password.normalize('NFC'));
  return right && kept !== null;
}

/** Whether it was made with other costs than today's. */
export function isOutdated(kept: string): boolean {
  return needsRehash(kept, COST);
}

let ofNobody: Promise<string> | undefined;

function nobody(): Promise<string> {
  ofNobody ??= hashPassword('');
  return ofNobody;
}
