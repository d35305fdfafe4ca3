import { KeyObject, webcrypto } from 'node:crypto';
// The library finds its algorithms by reflection, and expects this to be there.
import 'reflect-metadata';
import { SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509';
import { serveThread } from '../base/thread-call.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** Makes the identity of a server. */
const identityThread = {
  /**
   * @param names of hosts, and addresses, that it is for; none where nobody looks at them
   * @returns key and certificate, PEM
   */
  async make(names: readonly string[]): Promise<string> {
    const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
    const certificate = await X509CertificateGenerator.createSelfSigned(
      {
        name: 'CN=sesamed',
        notBefore: new Date(0),
        notAfter: new Date('9999-12-31T23:59:59Z'),
        signingAlgorithm: ALGORITHM,
        keys,
        extensions: names.length > 0 ? [alternativeNames(names)] : [],
      },
      webcrypto,
    );
    const key = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString();
    return `${key}${certificate.toString('pem')}\n`;
  },
};
export type IdentityThreadApi = typeof identityThread;

serveThread(identityThread);

function alternativeNames(names: readonly string[]): SubjectAlternativeNameExtension {
  const isAddress = (name: string): boolean => /^[0-9.]+$/.test(name) || name.includes(':');
  return new SubjectAlternativeNameExtension(
    names.map((value) => ({ type: isAddress(value) ? 'ip' : 'dns', value })),
  );
}
