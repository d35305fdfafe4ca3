// Receipts as whoever gets them checks them (docs/PROTOCOL.md, 2.5), apart from src/.
import { createHash, createPublicKey, verify } from 'node:crypto';

export interface ReceiptFields {
  readonly type: string;
  readonly server: string;
  readonly client: string;
  readonly name: string;
  readonly spki: string;
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  readonly time: string;
  readonly seq: number;
  readonly prev: string | null;
}

const FIELDS = ['type', 'server', 'client', 'name', 'spki', 'path', 'size', 'sha256', 'time', 'seq', 'prev'];
const NAMESPACE = 'sesame-receipt';

/** @throws unless these are the exact bytes of a receipt */
export function parseReceipt(bytes: Buffer): ReceiptFields {
  const text = bytes.toString('utf8');
  const fields = JSON.parse(text) as ReceiptFields;
  const names = Object.keys(fields).join();
  const { type, server, client, spki, size, sha256, time, seq, prev } = fields;
  const faults = Object.entries({
    'exact bytes': !Buffer.from(JSON.stringify(fields)).equals(bytes),
    fields: names !== FIELDS.join(),
    length: bytes.length > 32_768,
    type: type !== 'sesame-receipt/1',
    pins: ![server, spki].every((pin) => /^[\w-]{43}$/.test(pin)),
    client: !/^[0-9a-f]{32}$/.test(client),
    sha256: !/^[0-9a-f]{64}$/.test(sha256),
    size: !Number.isSafeInteger(size) || size < 0,
    seq: !Number.isSafeInteger(seq) || seq < 1,
    time: !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(time),
    prev: prev === null ? seq !== 1 : !/^[0-9a-f]{64}$/.test(prev),
  });
  const wrong = faults.filter(([, isWrong]) => isWrong).map(([fault]) => fault);
  if (wrong.length > 0) throw new Error(`a receipt with faults (${wrong.join(', ')}): ${text}`);
  return fields;
}

/** Whether `blob` is the one SSHSIG of this key over this message. @param key raw Ed25519 */
export function signatureHolds(key: Uint8Array, message: Uint8Array, blob: Buffer): boolean {
  const digest = createHash('sha512').update(message).digest();
  const common = [string(NAMESPACE), string(''), string('sha512')];
  const expected = Buffer.concat([
    Buffer.from('SSHSIG\0\0\0\u0001'),
    string(Buffer.concat([string('ssh-ed25519'), string(key)])),
    ...common,
    Buffer.from('\0\0\0\u0053'), // of the algorithm and the 64 bytes below
    string('ssh-ed25519'),
    Buffer.from('\0\0\0\u0040'),
  ]);
  if (blob.length !== expected.length + 64 || !blob.subarray(0, expected.length).equals(expected))
    return false;
  const signed = Buffer.concat([Buffer.from('SSHSIG'), ...common, string(digest)]);
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key]);
  const publicKey = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  return verify(null, signed, publicKey, blob.subarray(expected.length));
}

/** What `ssh-keygen -Y verify` reads. */
export function armored(blob: Buffer): string {
  const lines = blob.toString('base64').match(/.{1,70}/g) ?? [];
  return ['-----BEGIN SSH SIGNATURE-----', ...lines, '-----END SSH SIGNATURE-----', ''].join('\n');
}

export function allowedSigners(key: Uint8Array): string {
  const line = Buffer.concat([string('ssh-ed25519'), string(key)]).toString('base64');
  return `sesame-receipt namespaces="sesame-receipt" ssh-ed25519 ${line}\n`;
}

/** @throws unless these receipts, in whatever order, are a chain that begins behind `before` without a gap */
export function checkChain(receipts: readonly Buffer[], before?: Buffer): void {
  const chain = receipts
    .map((bytes) => ({ ...parseReceipt(bytes), bytes }))
    .toSorted((a, b) => a.seq - b.seq);
  let last = before && { bytes: before, seq: parseReceipt(before).seq };
  for (const { seq, prev, bytes } of chain) {
    const expected = last ? createHash('sha256').update(last.bytes).digest('hex') : null;
    if (seq !== (last?.seq ?? 0) + 1) throw new Error(`receipt ${seq} comes behind ${last?.seq ?? 'none'}`);
    if (prev !== expected) throw new Error(`receipt ${seq} does not name the one before it`);
    last = { bytes, seq };
  }
}

/** As SSH writes it: length, big-endian, and bytes. */
function string(value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
