// Receipts, their signatures, and certificates as the server makes and reads them, held to the vectors.
import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { pinText, spkiHashOf } from '../../../../src/crypto/pin.ts';
import { verifySshSignature } from '../../../../src/crypto/sshsig.ts';
import { RECEIPT_NAMESPACE, receiptBytes } from '../../../../src/transfer/receipt.ts';
import { v4Vectors } from '../../../support/v4-vectors.ts';

describe('receiptBytes', () => {
  it.for(v4Vectors('receipts').filter((vector) => vector.expect === 'ok'))('$name', (vector) => {
    const { fields } = vector;
    const made = receiptBytes({
      ...fields,
      client: bytes(fields.client),
      sha256: bytes(fields.sha256),
      time: Date.parse(fields.time),
      prev: fields.prev === null ? null : bytes(fields.prev),
    });
    expect(made.toString()).toBe(bytes(vector.receipt_hex).toString());
  });
});

describe('verifySshSignature', () => {
  it.for(v4Vectors('signatures'))(
    '$expect: $name',
    ({ message_hex, blob_hex, key_hex, expect: expected }) => {
      const holds = verifySshSignature(
        bytes(message_hex),
        bytes(blob_hex),
        bytes(key_hex),
        RECEIPT_NAMESPACE,
      );
      expect(holds).toBe(expected === 'ok');
    },
  );
});

describe('certificates', () => {
  it.for(v4Vectors('certificates'))('$expect: $name', (vector) => {
    const pin = pinOf(bytes(vector.der_hex));
    expect(pin).toBe(vector.expect === 'ok' ? vector.pin : undefined);
  });
});

/** Undefined where TLS does not take it, or we do not. */
function pinOf(der: Buffer): string | undefined {
  try {
    const certificate = new X509Certificate(der);
    const hash = certificate.raw.equals(der) ? spkiHashOf(certificate) : undefined;
    return hash && pinText(hash);
  } catch {
    return undefined;
  }
}

function bytes(hex: string): Buffer {
  return Buffer.from(hex, 'hex');
}
