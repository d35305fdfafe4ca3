import type * as Argon2 from 'argon2';

/** RFC 9106 leaves the choice; these are what OWASP recommends where memory is dear: 19 MiB, 2 passes, 1 lane. */
const COST = { memoryCost: 19 * 1024, timeCost: 2, parallelism: 1 } as const;

/** A password as it is kept: argon2id in PHC form, with a salt of its own. Works in libuv's threads. */
export async function hashPassword(password: string): Promise<string> {
  const { argon2id, hash } = await library();
  return await hash(password.normalize('NFC'), { type: argon2id, ...COST });
}

/** @param kept null: there is nothing to hold it against, and saying no must take as long as it would */
export async function isPassword(kept: string | null, password: string): Promise<boolean> {
  const { verify } = await library();
  const right = await verify(kept ?? (await nobody()), password.normalize('NFC'));
  return right && kept !== null;
}

/** Whether it was made with other costs than today's. */
export async function isOutdated(kept: string): Promise<boolean> {
  const { needsRehash } = await library();
  return needsRehash(kept, COST);
}

/** Loaded with the first password: where nobody signs in, a server does without its memory. */
function library(): Promise<typeof Argon2> {
  return import('argon2');
}

let ofNobody: Promise<string> | undefined;

function nobody(): Promise<string> {
  ofNobody ??= hashPassword('');
  return ofNobody;
}
