import forge from 'node-forge';
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
  const { modulus, exponent, canonical } = parse(der);
  if (!canonical.equals(der)) throw refused('not the canonical DER of an RSA SubjectPublicKeyInfo');
  const bits = modulus.toString(2).length;
  if (bits < MIN_BITS || bits > MAX_BITS) {
    throw refused(`${bits} bits; ${MIN_BITS} to ${MAX_BITS} are accepted`);
  }
  if (modulus % 2n === 0n) throw refused('the modulus is even');
  if (exponent < 3n || exponent % 2n === 0n || exponent >= modulus)
    throw refused('the exponent cannot be used');
  return { bits };
}

function parse(der: Uint8Array): { modulus: bigint; exponent: bigint; canonical: Buffer } {
  try {
    const bytes = forge.util.createBuffer(Buffer.from(der).toString('binary'));
    const key = forge.pki.publicKeyFromAsn1(forge.asn1.fromDer(bytes, true));
    if (!('n' in key)) throw new Error('not an RSA key');
    return {
      modulus: BigInt(`0x${key.n.toString(16)}`),
      exponent: BigInt(`0x${key.e.toString(16)}`),
      canonical: Buffer.from(forge.asn1.toDer(forge.pki.publicKeyToAsn1(key)).getBytes(), 'binary'),
    };
  } catch (cause) {
    throw refused('not an RSA SubjectPublicKeyInfo', cause);
  }
}

function refused(why: string, cause?: unknown): SesameError {
  return new SesameError('bad-key', `public key refused: ${why}`, { cause });
}
