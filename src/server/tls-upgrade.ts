import { constants, type X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { createSecureContext, TLSSocket, type SecureContext } from 'node:tls';
import { SesameError, messageOf } from '../base/errors.ts';
import { LIMITS } from './limits.ts';

const PROTOCOL = 'sesame/4';
/** The fast one first: every machine that Sesame runs on has AES in hardware. */
const CIPHERS = 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256';

/** @param identity key and certificate, PEM */
export function v4SecureContext(identity: string): SecureContext {
  return createSecureContext({
    key: identity,
    cert: identity,
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
    ciphers: CIPHERS,
    honorCipherOrder: true,
    // A ticket would stand in for the key. Without tickets and without a session store, none is honoured.
    secureOptions: constants.SSL_OP_NO_TICKET,
  });
}

export interface SecurePeer {
  readonly socket: TLSSocket;
  /** SHA-256 of the key's SubjectPublicKeyInfo, which this handshake proved: 32 bytes. */
  readonly spki: Uint8Array;
}

/** @returns SHA-256 of the key's SubjectPublicKeyInfo; undefined for a certificate that is not taken */
export type Identify = (certificate: X509Certificate) => Uint8Array | undefined;

/**
 * The server's side of a handshake (PROTOCOL.md 2.1). What is no such handshake ends in silence.
 *
 * @param raw its first bytes are still to be read
 * @throws `malformed` with what was wrong, for the log; the socket is destroyed
 */
export async function upgradeToTls(
  raw: Socket,
  secureContext: SecureContext,
  identify: Identify,
): Promise<SecurePeer> {
  const socket = new TLSSocket(raw, {
    isServer: true,
    secureContext,
    requestCert: true,
    // Certificates are self-signed: who it is, is settled by the key alone.
    rejectUnauthorized: false,
    ALPNProtocols: [PROTOCOL],
  });
  const timer = setTimeout(() => socket.destroy(new Error('the handshake took too long')), LIMITS.handshake);
  try {
    await handshake(socket);
    return { socket, spki: identityOf(socket, identify) };
  } catch (error) {
    socket.destroy();
    raw.destroy();
    throw error instanceof SesameError
      ? error
      : new SesameError('malformed', messageOf(error), { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

function handshake(socket: TLSSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('secure', resolve);
    // What fails within a handshake comes under this name, later failures as any stream's.
    socket.once('_tlsError', reject);
    socket.on('error', reject);
    socket.once('end', () => {
      reject(new Error('ended within the handshake'));
    });
    socket.once('close', () => {
      reject(new Error('closed within the handshake'));
    });
  });
}

/** Closed on any doubt. */
function identityOf(socket: TLSSocket, identify: Identify): Uint8Array {
  const refuse = (why: string): never => {
    throw new SesameError('malformed', why);
  };
  if (socket.getProtocol() !== 'TLSv1.3') refuse('not TLS 1.3');
  if (socket.alpnProtocol !== PROTOCOL) refuse(`no ALPN ${PROTOCOL}`);
  if (socket.isSessionReused()) refuse('a resumed session');
  const certificate = socket.getPeerX509Certificate() ?? refuse('no client certificate');
  return identify(certificate) ?? refuse('a certificate that is too long, or of another kind of key');
}
