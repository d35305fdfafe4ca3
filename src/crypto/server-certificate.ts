import { KeyObject, webcrypto } from 'node:crypto';
// The library finds its algorithms by reflection, and expects this to be there.
import 'reflect-metadata';
import { X509CertificateGenerator } from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/**
 * A new P-256 key and a certificate signed by it, as one PEM text: what v4 shows to clients. Nobody looks at its names and
 * dates, so it never ends.
 */
export async function newServerIdentity(): Promise<string> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: 'CN=sesamed',
      notBefore: new Date(0),
      notAfter: new Date('9999-12-31T23:59:59Z'),
      signingAlgorithm: ALGORITHM,
      keys,
    },
    webcrypto,
  );
  const key = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString();
  return `${key}${certificate.toString('pem')}\n`;
}
