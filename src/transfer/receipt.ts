import { armor } from '../crypto/sshsig.ts';
import type { SignedReceipt } from './upload-ports.ts';

/** The namespace of their signatures (PROTOCOL.md 2.5). */
export const RECEIPT_NAMESPACE = 'sesame-receipt';

/** What a receipt says. */
export interface ReceiptFacts {
  /** The pins of server and client: SHA-256 of their SubjectPublicKeyInfo in base64url, 43 characters. */
  readonly server: string;
  /** Null for a client that has no key: it came by HTTP. */
  readonly spki: string | null;
  /** The client's id, 16 bytes. */
  readonly client: Uint8Array;
  readonly name: string;
  readonly path: string;
  readonly size: number;
  /** 32 bytes. */
  readonly sha256: Uint8Array;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly seq: number;
  /** SHA-256 of the exact bytes of the client's receipt before it; null for its first. */
  readonly prev: Uint8Array | null;
}

/**
 * The exact bytes that are signed (PROTOCOL.md 2.5): JSON.stringify keeps the order in which the fields are written
 * here, puts nothing between tokens, and escapes only what JSON makes one escape.
 */
export function receiptBytes(facts: ReceiptFacts): Buffer {
  return Buffer.from(
    JSON.stringify({
      type: 'sesame-receipt/1',
      server: facts.server,
      client: hex(facts.client),
      name: facts.name,
      spki: facts.spki,
      path: facts.path,
      size: facts.size,
      sha256: hex(facts.sha256),
      time: new Date(facts.time).toISOString(),
      seq: facts.seq,
      prev: facts.prev && hex(facts.prev),
    }),
  );
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** A receipt as people and `ssh-keygen -Y verify` take it: the exact text, and its signature, armored. */
export function readableReceipt({ receipt, signature }: SignedReceipt): {
  readonly text: string;
  readonly signature: string;
} {
  return { text: Buffer.from(receipt).toString(), signature: armor(signature) };
}
