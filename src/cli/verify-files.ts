import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, messageOf } from '../base/errors.ts';
import { escapeForDisplay } from '../base/format.ts';
import type { Settings } from '../config/settings.ts';
import type { FileListing } from '../control/file-listing.ts';
import type { ClientListing, ReceiptListing, ServerInfo } from '../control/operations.ts';
import { ZlibCrc32 } from '../crypto/crc.ts';
import { verifySshSignature } from '../crypto/sshsig.ts';
import { RECEIPT_NAMESPACE } from '../transfer/receipt.ts';
import { ExitCode } from './exit-codes.ts';
import { operate } from './operate.ts';
import { storedFiles } from './stored-files.ts';

const PAGE = 500;
const CHUNK_BYTES = 1024 * 1024;

/** What is wrong with a file or a receipt. */
interface Finding {
  readonly client: string;
  readonly path: string | null;
  readonly problem: string;
}

/**
 * Reads every stored file again and holds it against its row and its receipt; then walks each client's chain of receipts.
 *
 * @param client null for all
 */
export async function verifyFiles(
  settings: Settings,
  client: string | null,
  json: boolean,
): Promise<ExitCode> {
  // carryOut gives exactly this for server.info.
  const info = (await operate(settings, { op: 'server.info' })) as ServerInfo;
  const report = (finding: Finding): void => {
    findings += 1;
    if (json) console.log(JSON.stringify(finding));
    else console.log(`${escapeForDisplay(`${finding.client}/${finding.path ?? ''}`)}: ${finding.problem}`);
  };
  let findings = 0;
  let files = 0;
  for await (const file of storedFiles(settings, client, '')) {
    files += 1;
    const problem = await problemOf(file, info);
    if (problem !== undefined) report({ client: file.client, path: file.path, problem });
  }
  let receipts = 0;
  for (const name of await clientNames(settings, client)) {
    for await (const { problem } of checkChain(settings, name, info)) {
      if (problem === undefined) receipts += 1;
      else report({ client: name, path: null, problem });
    }
  }
  if (json) console.log(JSON.stringify({ files, receipts, findings }));
  else console.error(`${files} files and ${receipts} receipts checked, ${findings} problems found`);
  return findings > 0 ? ExitCode.someFailed : ExitCode.done;
}

async function clientNames(settings: Settings, client: string | null): Promise<readonly string[]> {
  if (client !== null) return [client];
  // carryOut gives exactly this for clients.ls.
  const clients = (await operate(settings, { op: 'clients.ls' })) as ClientListing[];
  return clients.filter(({ protocol }) => protocol === 4).map(({ name }) => name);
}

async function problemOf(file: FileListing, info: ServerInfo): Promise<string | undefined> {
  try {
    const digests = await digestsOf(join(info.files_folder, file.client, file.path));
    if (digests.size !== file.size) return `has ${digests.size} bytes, ${file.size} were acknowledged`;
    if (file.crc32 !== null && digests.crc32 !== file.crc32) return 'its content has changed (CRC-32)';
    if (file.sha256 !== null && digests.sha256 !== file.sha256) return 'its content has changed (SHA-256)';
  } catch (error) {
    return errnoOf(error) === 'ENOENT' ? 'is gone' : `cannot be read: ${messageOf(error)}`;
  }
  if (!file.receipt) return undefined;
  if (!isSigned(file.receipt.text, file.receipt.signature, info))
    return 'its receipt is not signed by this server';
  const facts = JSON.parse(file.receipt.text) as { sha256?: unknown; size?: unknown };
  return facts.sha256 === file.sha256 && facts.size === file.size
    ? undefined
    : 'its receipt is for other content';
}

/** Each receipt of a client, with what is wrong with it. */
async function* checkChain(
  settings: Settings,
  client: string,
  info: ServerInfo,
): AsyncGenerator<{ readonly problem: string | undefined }> {
  let seq = 0;
  let previous: string | null = null;
  for (;;) {
    // carryOut gives exactly this for receipts.ls.
    const page = (await operate(settings, {
      op: 'receipts.ls',
      client,
      after: seq,
      limit: PAGE,
    })) as ReceiptListing[];
    for (const receipt of page) {
      const facts = JSON.parse(receipt.text) as { seq?: unknown; prev?: unknown };
      const follows = receipt.seq === seq + 1 && facts.seq === receipt.seq && facts.prev === previous;
      if (!follows) yield { problem: `receipt ${receipt.seq} does not follow receipt ${seq}` };
      else if (!isSigned(receipt.text, receipt.signature, info)) {
        yield { problem: `receipt ${receipt.seq} is not signed by this server` };
      } else yield { problem: undefined };
      seq = receipt.seq;
      previous = createHash('sha256').update(receipt.text).digest('hex');
    }
    if (page.length < PAGE) return;
  }
}

function isSigned(text: string, signature: string, info: ServerInfo): boolean {
  return verifySshSignature(
    Buffer.from(text),
    Buffer.from(signature, 'base64'),
    Buffer.from(info.receipt_key, 'base64'),
    RECEIPT_NAMESPACE,
  );
}

async function digestsOf(path: string): Promise<{ size: number; crc32: string; sha256: string }> {
  const sha256 = createHash('sha256');
  const crc32 = new ZlibCrc32();
  let size = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>) {
    sha256.update(chunk);
    crc32.update(chunk);
    size += chunk.byteLength;
  }
  return { size, sha256: sha256.digest('hex'), crc32: crc32.digest().toString(16).padStart(8, '0') };
}
