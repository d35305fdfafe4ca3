import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { newReceiptKey, parseReceiptKey, receiptPublicKey } from '../../../src/crypto/receipt-key.ts';
import { SshSigner } from '../../../src/crypto/sshsig.ts';
import { RECEIPT_NAMESPACE } from '../../../src/transfer/receipt.ts';
import { judge, type AcknowledgedFile, type Verdict } from '../../../src/transfer/stored-file-check.ts';
import type { SignedReceipt } from '../../../src/transfer/upload-ports.ts';

const PEM = newReceiptKey();
const KEY = receiptPublicKey(PEM);
const SHA256 = createHash('sha256').update('hello').digest();
const FOUND = { size: 5, sha256: SHA256, crc32: 7 };

function signed(facts: object, pem = PEM): SignedReceipt {
  const receipt = Buffer.from(JSON.stringify(facts));
  return { receipt, signature: new SshSigner(parseReceiptKey(pem), RECEIPT_NAMESPACE).sign(receipt) };
}

const RECEIPT = signed({ sha256: SHA256.toString('hex'), size: 5 });
const V4: AcknowledgedFile = { size: 5, sha256: SHA256, crc32: null, receipt: RECEIPT };
const V3: AcknowledgedFile = { size: 5, sha256: null, crc32: 7, receipt: null };

it.for<[string, AcknowledgedFile, typeof FOUND | undefined, Verdict]>([
  ['a file of v4 as it was', V4, FOUND, 'intact'],
  ['a file of v4, whatever its CRC-32', V4, { ...FOUND, crc32: 8 }, 'intact'],
  ['a file of v3 as it was', V3, FOUND, 'intact'],
  ['a file of v3, whatever its SHA-256', V3, { ...FOUND, sha256: Buffer.alloc(32) }, 'intact'],
  ['no file', V4, undefined, 'missing'],
  ['no file of v3', V3, undefined, 'missing'],
  ['a file that is shorter', V4, { ...FOUND, size: 4 }, 'changed'],
  ['a file of v3 that is longer', V3, { ...FOUND, size: 6 }, 'changed'],
  ['another content', V4, { ...FOUND, sha256: Buffer.alloc(32) }, 'changed'],
  ['another content by v3', V3, { ...FOUND, crc32: 8 }, 'changed'],
  ['a change and no receipt', { ...V4, receipt: null }, { ...FOUND, size: 4 }, 'changed'],
  ['no receipt', { ...V4, receipt: null }, FOUND, 'unsigned'],
  ["another key's receipt", { ...V4, receipt: signed({}, newReceiptKey()) }, FOUND, 'unsigned'],
  [
    'a changed receipt',
    { ...V4, receipt: { ...RECEIPT, receipt: Buffer.from(`${Buffer.from(RECEIPT.receipt).toString()} `) } },
    FOUND,
    'unsigned',
  ],
  ['a receipt for nothing', { ...V4, receipt: signed({}) }, FOUND, 'unsigned'],
  [
    'a receipt for another size',
    { ...V4, receipt: signed({ sha256: SHA256.toString('hex'), size: 6 }) },
    FOUND,
    'unsigned',
  ],
  [
    'a receipt for another content',
    { ...V4, receipt: signed({ sha256: '00'.repeat(32), size: 5 }) },
    FOUND,
    'unsigned',
  ],
])('%s', ([, file, found, verdict]) => {
  expect(judge(file, found, KEY)).toMatchObject({ verdict });
});
