import { randomBytes, randomInt, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify<
  string,
  Uint8Array,
  number,
  { N: number; r: number; p: number; maxmem: number },
  Buffer
>(scrypt);

/** A PIN has few digits, so trying all of them must cost: as much as OWASP asks for, in 8 MiB at a time. */
const COST = { N: 2 ** 13, r: 8, p: 10 } as const;
const MAX_MEMORY = 64 * 1024 * 1024;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
const PIN_DIGITS = 8;

/** Eight digits, none likelier than others. */
export function newPin(): string {
  return Array.from({ length: PIN_DIGITS }, () => randomInt(10)).join('');
}

/** @returns `scrypt$N$r$p$SALT$HASH`, base64url */
export async function hashPin(pin: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(pin, salt, HASH_BYTES, { ...COST, maxmem: MAX_MEMORY });
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64url'), hash.toString('base64url')].join('$');
}

/** In the same time for every PIN. */
export async function isPin(pin: string, kept: string): Promise<boolean> {
  const [scheme, N, r, p, salt = '', hash = ''] = kept.split('$');
  const wanted = Buffer.from(hash, 'base64url');
  const found = await derive(pin, Buffer.from(salt, 'base64url'), HASH_BYTES, {
    N: Number(N),
    r: Number(r),
    p: Number(p),
    maxmem: MAX_MEMORY,
  });
  return scheme === 'scrypt' && wanted.byteLength === HASH_BYTES && timingSafeEqual(found, wanted);
}
