import { createHash } from 'node:crypto';
import type { Settings } from '../config/settings.ts';
import type { ReceiptListing, ServerInfo } from '../control/operations.ts';
import { isSigned } from '../transfer/stored-file-check.ts';
import type { SignedReceipt } from '../transfer/upload-ports.ts';
import { operate } from './operate.ts';

const PAGE = 500;

/** @param listed the exact bytes as text, and an SSHSIG blob in base64 */
export function signedReceipt(listed: { readonly text: string; readonly signature: string }): SignedReceipt {
  return { receipt: Buffer.from(listed.text), signature: Buffer.from(listed.signature, 'base64') };
}

/**
 * Walks the chain of a client's receipts.
 *
 * @param newest the number of the last one, as the client's own row has it
 * @returns undefined for each that is sound, and what is wrong for others
 */
export async function* problemsOfChain(
  settings: Settings,
  client: string,
  newest: number,
  info: ServerInfo,
): AsyncGenerator<string | undefined> {
  let seq = 0;
  let previous: string | null = null;
  for await (const receipt of receiptsOf(settings, client)) {
    // A client that is at work may make receipts faster than they are checked.
    if (receipt.seq > newest) return;
    yield problemOf(receipt, { seq, previous }, info);
    seq = receipt.seq;
    previous = createHash('sha256').update(receipt.text).digest('hex');
  }
  if (seq < newest) yield `receipts ${seq + 1} to ${newest} are gone`;
}

function problemOf(
  receipt: ReceiptListing,
  before: { readonly seq: number; readonly previous: string | null },
  info: ServerInfo,
): string | undefined {
  if (!isSigned(signedReceipt(receipt), Buffer.from(info.receipt_key, 'base64')))
    return `receipt ${receipt.seq} is not signed by this server`;
  const facts = JSON.parse(receipt.text) as { seq?: unknown; prev?: unknown };
  const follows =
    receipt.seq === before.seq + 1 && facts.seq === receipt.seq && facts.prev === before.previous;
  return follows ? undefined : `receipt ${receipt.seq} does not follow receipt ${before.seq}`;
}

/** All of them, in their order, page by page. */
async function* receiptsOf(settings: Settings, client: string): AsyncGenerator<ReceiptListing> {
  let after = 0;
  for (;;) {
    // carryOut gives exactly this for receipts.ls.
    const request = { op: 'receipts.ls', client, after, limit: PAGE } as const;
    const page = (await operate(settings, request)) as ReceiptListing[];
    yield* page;
    const last = page.at(-1);
    if (!last || page.length < PAGE) return;
    after = last.seq;
  }
}
