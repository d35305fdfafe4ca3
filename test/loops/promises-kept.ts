// What a server must have done for what it has acknowledged.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import { expect } from 'vitest';
import type { RunningServer } from '../support/running-server.ts';
import { parseReceipt, type ReceiptFields } from '../support/v4-receipts.ts';
import { until } from '../support/waiting.ts';
import type { Hashes } from './random-tree.ts';

/** How long an acknowledged file may take to its place, ms: a second, and more on a busy machine. */
const PLACING = 5000;

/** Everything stands at its place, is what was sent, and has its receipt; nothing else is left behind. */
export async function expectKept(server: RunningServer, client: string, files: Hashes): Promise<void> {
  const end = performance.now() + PLACING;
  let wrong = await notAtItsPlace(server, client, files);
  while (wrong.length > 0 && performance.now() < end) {
    await sleep(100);
    wrong = await notAtItsPlace(server, client, files);
  }
  expect(wrong).toEqual([]);
  expectReceipts(server, client, files);
  await until('incoming/ is empty', async () => (await server.incoming()).length === 0);
}

/** Those of the files that do not stand there, byte for byte. */
export async function notAtItsPlace(server: RunningServer, client: string, files: Hashes): Promise<string[]> {
  const wrong = [];
  for (const [path, hash] of files) {
    const found = await hashOf(server.file(client, path)).catch((error: unknown) => String(error));
    if (found !== hash) wrong.push(`${path}: ${found}`);
  }
  return wrong;
}

/** The chain has no gap, and the last receipt of each path names what was sent. */
export function expectReceipts(server: RunningServer, client: string, files: Hashes): void {
  const last = new Map<string, ReceiptFields>();
  let before: Buffer | undefined;
  for (const [index, bytes] of receiptsOf(server, client).entries()) {
    const receipt = parseReceipt(bytes);
    expect({ seq: receipt.seq, prev: receipt.prev }).toEqual({
      seq: index + 1,
      prev: before ? createHash('sha256').update(before).digest('hex') : null,
    });
    last.set(receipt.path, receipt);
    before = bytes;
  }
  const without = [...files].filter(([path, hash]) => last.get(path)?.sha256 !== hash);
  expect(without.map(([path]) => path)).toEqual([]);
}

/** The exact bytes that were signed, in the order of their sequence numbers. */
function receiptsOf(server: RunningServer, client: string): Buffer[] {
  const database = new Sqlite(join(server.dataDir, 'sesame.db'), { readonly: true });
  try {
    const statement = database.prepare<[string], { receipt: Buffer }>(
      'SELECT receipt FROM receipts JOIN clients ON clients.row = client_row WHERE name = ? ORDER BY seq',
    );
    return statement.all(client).map(({ receipt }) => receipt);
  } finally {
    database.close();
  }
}

export async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }))
    hash.update(chunk as Buffer);
  return hash.digest('hex');
}
