// Keys and self-signed certificates, sound and strange. The DER is written here, apart from the library of src/.
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  type KeyObject,
} from 'node:crypto';

export type KeyKind = 'ed25519' | 'p256' | 'p384' | 'rsa';

export interface Identity {
  /** PKCS#8, PEM. */
  readonly key: string;
  /** PEM. */
  readonly certificate: string;
  readonly der: Buffer;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Buffer;
  readonly pin: string;
}

export interface CertificateOptions {
  readonly kind?: KeyKind;
  readonly name?: string;
  /** As X.509 writes them: YYMMDDhhmmssZ. */
  readonly from?: string;
  readonly until?: string;
  /** Bytes of a comment, which make it longer. */
  readonly filler?: number;
}

const OID = {
  commonName: Buffer.from('0603550403', 'hex'),
  comment: Buffer.from('06096086480186f842010d', 'hex'),
} as const;

/** AlgorithmIdentifier of the signature, whole. */
const ALGORITHM: Readonly<Record<KeyKind, Buffer>> = {
  ed25519: Buffer.from('300506032b6570', 'hex'),
  p256: Buffer.from('300a06082a8648ce3d040302', 'hex'),
  p384: Buffer.from('300a06082a8648ce3d040302', 'hex'),
  rsa: Buffer.from('300d06092a864886f70d01010b0500', 'hex'),
};

/** A new key with a certificate of its own. */
export function newIdentity(options: CertificateOptions = {}): Identity {
  const { kind = 'ed25519' } = options;
  return withCertificate(newKeys(kind), kind, options);
}

/** The same key with another certificate. */
export function recertified(identity: Identity, options: CertificateOptions): Identity {
  const privateKey = createPrivateKey(identity.key);
  return withCertificate(
    { privateKey, publicKey: createPublicKey(privateKey) },
    options.kind ?? 'ed25519',
    options,
  );
}

/** The pin of a key: SHA-256 of its SubjectPublicKeyInfo, base64url (docs/PROTOCOL.md, 2.1). */
export function sha256Pin(spki: Uint8Array): string {
  return createHash('sha256').update(spki).digest('base64url');
}

function withCertificate(
  { publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject },
  kind: KeyKind,
  options: CertificateOptions,
): Identity {
  const { name = 'sesame', from = '200101000000Z', until = '491231235959Z', filler = 0 } = options;
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const subject = sequence(tlv(0x31, sequence(OID.commonName, tlv(0x0c, Buffer.from(name)))));
  const comment = sequence(OID.comment, tlv(0x04, tlv(0x16, Buffer.alloc(filler, 'x'))));
  const toSign = sequence(
    tlv(0xa0, tlv(0x02, Buffer.of(2))),
    tlv(0x02, Buffer.of(1)),
    ALGORITHM[kind],
    subject,
    sequence(tlv(0x17, Buffer.from(from)), tlv(0x17, Buffer.from(until))),
    subject,
    spki,
    filler === 0 ? Buffer.alloc(0) : tlv(0xa3, sequence(comment)),
  );
  const signature = sign(kind === 'ed25519' ? null : 'sha256', toSign, privateKey);
  const der = sequence(toSign, ALGORITHM[kind], tlv(0x03, Buffer.concat([Buffer.alloc(1), signature])));
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificate: `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`,
    der,
    spki,
    pin: sha256Pin(spki),
  };
}

function newKeys(kind: KeyKind): { publicKey: KeyObject; privateKey: KeyObject } {
  if (kind === 'ed25519') return generateKeyPairSync('ed25519');
  if (kind === 'rsa') return generateKeyPairSync('rsa', { modulusLength: 2048 });
  return generateKeyPairSync('ec', { namedCurve: kind === 'p256' ? 'prime256v1' : 'secp384r1' });
}

function tlv(tag: number, content: Uint8Array): Buffer {
  const { length } = content;
  const head =
    length < 0x80
      ? [tag, length]
      : length < 0x100
        ? [tag, 0x81, length]
        : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), content]);
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return tlv(0x30, Buffer.concat(parts));
}
