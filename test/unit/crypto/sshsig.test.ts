import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { newReceiptKey, parseReceiptKey, receiptPublicKey } from '../../../src/crypto/receipt-key.ts';
import { armor, sshPublicKey, SshSigner, verifySshSignature } from '../../../src/crypto/sshsig.ts';
import { FastFolder } from '../../support/fast-folder.ts';

const NAMESPACE = 'sesame-receipt';
const KEY = newReceiptKey();
const PUBLIC_KEY = receiptPublicKey(KEY);
const signer = new SshSigner(parseReceiptKey(KEY), NAMESPACE);

const folder = await FastFolder.create();
afterAll(() => folder[Symbol.asyncDispose]());

/** What stock OpenSSH says of a signature. */
function sshKeygenAccepts(message: Uint8Array, signature: string, namespace = NAMESPACE): boolean {
  const [signers, file] = [join(folder.path, 'allowed_signers'), join(folder.path, 'r.sig')];
  writeFileSync(signers, `sesame-receipt namespaces="${NAMESPACE}" ${sshPublicKey(PUBLIC_KEY)}\n`);
  writeFileSync(file, signature);
  const args = ['-Y', 'verify', '-f', signers, '-I', 'sesame-receipt', '-n', namespace, '-s', file];
  return spawnSync('ssh-keygen', args, { input: message }).status === 0;
}

describe('SshSigner', () => {
  it.for([0, 1, 450, 100_000])('signs %d bytes as ssh-keygen wants it', (length) => {
    const message = Buffer.alloc(length, 'receipt');
    expect(sshKeygenAccepts(message, armor(signer.sign(message)))).toBe(true);
  });

  it('signs for one namespace', () => {
    const message = Buffer.from('m');
    const other = new SshSigner(parseReceiptKey(KEY), 'file').sign(message);
    expect(sshKeygenAccepts(message, armor(other))).toBe(false);
    expect(sshKeygenAccepts(message, armor(other), 'file')).toBe(false);
    expect(verifySshSignature(message, other, PUBLIC_KEY, NAMESPACE)).toBe(false);
  });

  it('makes the very bytes that ssh-keygen makes', () => {
    const key = join(folder.path, 'id');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', key]);
    // OpenSSH keeps the seed in a format of its own; its public key and its signature are enough.
    const message = Buffer.from('from OpenSSH');
    writeFileSync(join(folder.path, 'm'), message);
    execFileSync('ssh-keygen', ['-q', '-Y', 'sign', '-f', key, '-n', NAMESPACE, join(folder.path, 'm')]);
    const armored = readFileSync(join(folder.path, 'm.sig'), 'utf8');
    const blob = Buffer.from(armored.replace(/-----.*-----|\n/g, ''), 'base64');
    const [, encoded = ''] = readFileSync(`${key}.pub`, 'utf8').split(' ');
    const publicKey = Buffer.from(encoded, 'base64').subarray(-32);
    expect(verifySshSignature(message, blob, publicKey, NAMESPACE)).toBe(true);
    expect(armor(blob)).toBe(armored);
  });
});

describe('verifySshSignature', () => {
  const message = Buffer.from('{"type":"sesame-receipt/1"}');
  const blob = signer.sign(message);

  it('takes a signature of this key over this message', () => {
    expect(verifySshSignature(message, blob, PUBLIC_KEY, NAMESPACE)).toBe(true);
  });

  it('refuses another message, key or length', () => {
    const verify = (m: Uint8Array, b: Uint8Array, key = PUBLIC_KEY): boolean =>
      verifySshSignature(m, b, key, NAMESPACE);
    expect(verify(Buffer.from('other'), blob)).toBe(false);
    expect(verify(message, blob, receiptPublicKey(newReceiptKey()))).toBe(false);
    expect(verify(message, blob.subarray(1))).toBe(false);
    expect(verify(message, blob.subarray(0, -1))).toBe(false);
    expect(verify(message, Buffer.concat([blob, Buffer.alloc(1)]))).toBe(false);
    expect(verify(message, new Uint8Array())).toBe(false);
  });

  it('refuses a blob in which any byte differs', () => {
    const accepted = Array.from(blob.keys()).filter((at) => {
      const changed = Uint8Array.from(blob);
      changed[at] = (changed[at] ?? 0) ^ 1;
      return verifySshSignature(message, changed, PUBLIC_KEY, NAMESPACE);
    });
    expect(accepted).toEqual([]);
  });
});

describe('a receipt key', () => {
  it('is an Ed25519 key in PEM, another each time', () => {
    expect(KEY).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    expect(newReceiptKey()).not.toBe(KEY);
    expect(PUBLIC_KEY).toHaveLength(32);
  });

  it('is nothing else', () => {
    expect(() => parseReceiptKey('no key')).toThrow();
    const rsa = execFileSync(
      'openssl',
      ['genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:1024'],
      {
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    expect(() => parseReceiptKey(rsa.toString())).toThrow(/Ed25519/);
  });
});
