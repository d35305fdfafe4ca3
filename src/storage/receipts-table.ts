import { hash } from 'node:crypto';
import type { Database, Statement } from 'better-sqlite3';
import { SesameError } from '../base/errors.ts';
import { pinText } from '../crypto/pin.ts';
import { parseReceiptKey } from '../crypto/receipt-key.ts';
import { SshSigner } from '../crypto/sshsig.ts';
import type { RowId } from '../transfer/ports.ts';
import { RECEIPT_NAMESPACE, receiptBytes } from '../transfer/receipt.ts';
import type { SignedReceipt, VersionFacts } from '../transfer/upload-ports.ts';

/** Who signs receipts. */
export interface ReceiptIssuer {
  /** PKCS#8 PEM of an Ed25519 key. */
  readonly receiptKey: string;
  /** The server's pin, 43 characters. */
  readonly serverPin: string;
}

interface HeadRow {
  readonly id: Uint8Array;
  readonly name: string;
  readonly spki: Uint8Array | null;
  readonly keyless: number;
  readonly receipt_seq: number;
  readonly receipt_hash: Uint8Array | null;
}

/** Where the chain of one client stands within a transaction. */
interface Head {
  readonly client: Uint8Array;
  readonly name: string;
  readonly spki: string | null;
  seq: number;
  hash: Uint8Array | null;
}

interface ReceiptRow extends SignedReceipt {
  readonly seq: number;
}

/** The tables of receipts: the exact bytes that were signed, and where each client's chain stands. */
export class ReceiptsTable {
  readonly #find: Statement<[RowId, number], ReceiptRow>;
  readonly #head: Statement<[RowId], HeadRow>;
  readonly #insert: Statement<[RowId, number, Uint8Array, Uint8Array]>;
  readonly #moveHead: Statement<[number, Uint8Array | null, number, RowId]>;
  readonly #serverPin: string;
  readonly #signer: SshSigner | undefined;

  /** @param issuer may be missing where nothing is committed: a tool that only reads */
  constructor(db: Database, issuer: ReceiptIssuer | undefined) {
    this.#find = db.prepare('SELECT seq, receipt, signature FROM receipts WHERE client_row = ? AND seq = ?');
    this.#head = db.prepare(
      'SELECT id, name, spki, keyless, receipt_seq, receipt_hash FROM clients WHERE row = ?',
    );
    this.#insert = db.prepare(
      'INSERT INTO receipts (client_row, seq, receipt, signature) VALUES (?, ?, ?, ?)',
    );
    this.#moveHead = db.prepare(
      'UPDATE clients SET receipt_seq = ?, receipt_hash = ?, last_seen_at = ? WHERE row = ?',
    );
    this.#serverPin = issuer?.serverPin ?? '';
    this.#signer = issuer && new SshSigner(parseReceiptKey(issuer.receiptKey), RECEIPT_NAMESPACE);
  }

  /** @param seq null for a version that has no receipt */
  find(clientRow: RowId, seq: number | null): SignedReceipt | undefined {
    const found = seq === null ? undefined : this.#find.get(clientRow, seq);
    return found && { receipt: found.receipt, signature: found.signature };
  }

  /** Receipts of one transaction, which must close it before it ends. */
  chain(now: number): ReceiptChain {
    const signer = this.#signer;
    if (!signer) throw new SesameError('internal', 'this database was opened without a receipt key');
    return new ReceiptChain({
      now,
      serverPin: this.#serverPin,
      sign: (receipt) => signer.sign(receipt),
      head: (clientRow) => toHead(this.#head.get(clientRow)),
      insert: (clientRow, seq, { receipt, signature }) =>
        this.#insert.run(clientRow, seq, receipt, signature),
      moveHead: (clientRow, { seq, hash }) => this.#moveHead.run(seq, hash, now, clientRow),
    });
  }
}

interface ChainParts {
  readonly now: number;
  readonly serverPin: string;
  sign(receipt: Uint8Array): Uint8Array;
  head(clientRow: RowId): Head;
  insert(clientRow: RowId, seq: number, stored: SignedReceipt): unknown;
  moveHead(clientRow: RowId, head: Head): unknown;
}

/** The chains of all clients that a transaction has files of: read once, written once. */
export class ReceiptChain {
  readonly #parts: ChainParts;
  readonly #heads = new Map<RowId, Head>();

  constructor(parts: ChainParts) {
    this.#parts = parts;
  }

  issue(clientRow: RowId, facts: VersionFacts): { readonly seq: number; readonly stored: SignedReceipt } {
    const head = this.#headOf(clientRow);
    const { serverPin: server, now: time } = this.#parts;
    const { client, name, spki, hash: prev } = head;
    const { path, size, sha256 } = facts;
    const seq = head.seq + 1;
    const receipt = receiptBytes({ server, client, name, spki, path, size, sha256, time, seq, prev });
    const stored = { receipt, signature: this.#parts.sign(receipt) };
    this.#parts.insert(clientRow, seq, stored);
    head.seq = seq;
    head.hash = hash('sha256', receipt, 'buffer');
    return { seq, stored };
  }

  close(): void {
    for (const [clientRow, head] of this.#heads) this.#parts.moveHead(clientRow, head);
  }

  #headOf(clientRow: RowId): Head {
    const known = this.#heads.get(clientRow);
    if (known) return known;
    const head = this.#parts.head(clientRow);
    this.#heads.set(clientRow, head);
    return head;
  }
}

function toHead(row: HeadRow | undefined): Head {
  if (!row?.spki) throw new SesameError('storage-failed', 'only a client that joined by v4 has receipts');
  const { id: client, name, receipt_seq: seq, receipt_hash: hash } = row;
  return { client, name, spki: row.keyless ? null : pinText(row.spki), seq, hash };
}
