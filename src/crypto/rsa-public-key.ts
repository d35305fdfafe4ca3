import { createPublicKey, type KeyObject } from 'node:crypto';
import { SesameError } from '../base/errors.ts';

const MIN_BITS = 1024;
const MAX_BITS = 4096;
/** SubjectPublicKeyInfo of RSA-4096 has 550 bytes: anything much longer is not looked at. */
const MAX_DER_BYTES = 1024;

/**
 * Checks the RSA key that a stranger sent, before anything else touches it. Besides the limits, the DER must be the very
 * encoding that the key's two numbers have: no BER, no trailing bytes, no other algorithm, no missing parameters.
 *
 * @param der X.509 SubjectPublicKeyInfo
 * @throws `bad-key` (PROTOCOL.md 1.2, 1.7)
 */
export function checkRsaPublicKey(der: Uint8Array): { readonly bits: number } {
  if (der.byteLength > MAX_DER_BYTES) throw refused(`${der.byteLength} bytes are too long for a key`);
  const key = parse(der);
  if (!key.export({ type: 'spki', format: 'der' }).equals(der)) {
    throw refused('not the canonical DER of an RSA SubjectPublicKeyInfo');
  }
  const { modulus, exponent } = numbersOf(key);
  const bits = modulus.toString(2).length;
  if (bits < MIN_BITS || bits > MAX_BITS) {
    throw refused(`${bits} bits; ${MIN_BITS} to ${MAX_BITS} are accepted`);
  }
  if (modulus % 2n === 0n) throw refused('the modulus is even');
  if (exponent < 3n || exponent % 2n === 0n || exponent >= modulus)
    throw refused('the exponent cannot be used');
  return { bits };
}

function parse(der: Uint8Array): KeyObject {
  let key: KeyObject;
  try {
    key = createPublicKey({ key: Buffer.from(der), type: 'spki', format: 'der' });
  } catch (cause) {
    throw refused('not an RSA SubjectPublicKeyInfo', cause);
  }
  if (key.asymmetricKeyType !== 'rsa') throw refused('not an RSA SubjectPublicKeyInfo');
  return key;
}

function numbersOf(key: KeyObject): { readonly modulus: bigint; readonly exponent: bigint } {
  const { n = '', e = '' } = key.export({ format: 'jwk' });
  return { modulus: unsigned(n), exponent: unsigned(e) };
}

/** @param base64url big-endian, as RFC 7518, 2 has it */
function unsigned(base64url: string): bigint {
  return BigInt(`0x0${Buffer.from(base64url, 'base64url').toString('hex')}`);
}

function refused(why: string, cause?: unknown): SesameError {
  return new SesameError('bad-key', `public key refused: ${why}`, { cause });
}
