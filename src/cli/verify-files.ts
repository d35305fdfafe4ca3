import { createHash } from 'node:crypto';
import { messageOf, SesameError } from '../base/errors.ts';
import { escapeForDisplay } from '../base/format.ts';
import type { Settings } from '../config/settings.ts';
import type { FileListing, FoundFile } from '../control/file-listing.ts';
import type { ClientListing, ServerInfo } from '../control/operations.ts';
import { ZlibCrc32 } from '../crypto/crc.ts';
import { openStored } from '../storage/stored-file.ts';
import { clientNameKey } from '../transfer/storage-path.ts';
import { ExitCode } from './exit-codes.ts';
import { operate } from './operate.ts';
import { storedFiles } from './stored-files.ts';
import { isSigned, problemsOfChain } from './verify-receipts.ts';

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
    const problem = await problemOf(settings, file, info);
    if (problem !== undefined) report({ client: file.client, path: file.path, problem });
  }
  let receipts = 0;
  for (const { name, receipts: newest } of await clientsOfV4(settings, client)) {
    for await (const problem of problemsOfChain(settings, name, newest, info)) {
      if (problem === undefined) receipts += 1;
      else report({ client: name, path: null, problem });
    }
  }
  if (json) console.log(JSON.stringify({ files, receipts, findings }));
  else console.error(`${files} files and ${receipts} receipts checked, ${findings} problems found`);
  return findings > 0 ? ExitCode.someFailed : ExitCode.done;
}

async function clientsOfV4(settings: Settings, client: string | null): Promise<readonly ClientListing[]> {
  // carryOut gives exactly this for clients.ls.
  const clients = (await operate(settings, { op: 'clients.ls' })) as ClientListing[];
  const wanted = client === null ? null : clientNameKey(client);
  return clients.filter(
    ({ protocol, name }) => protocol === 4 && (wanted === null || clientNameKey(name) === wanted),
  );
}

/**
 * What is wrong with a file. A server may be at work: what seems wrong is looked up anew, since the file may have been on
 * its way to its place, or have got another version since it was listed.
 */
async function problemOf(
  settings: Settings,
  listed: FileListing,
  info: ServerInfo,
): Promise<string | undefined> {
  let before: FileListing | undefined;
  for (let file: FileListing | undefined = listed; file;) {
    const problem = await problemOnDisk(file, info);
    if (problem === undefined || (before && isSameVersion(before, file))) return problem;
    before = file;
    const found = await lookUp(settings, file);
    if (found && !found.settled) {
      return `${problem}, or waits in the journal: the next start of the server puts it to its place`;
    }
    file = found;
  }
  return undefined;
}

/** @returns undefined where it is no longer listed */
async function lookUp(settings: Settings, { client, path }: FileListing): Promise<FoundFile | undefined> {
  try {
    // carryOut gives exactly this for files.find.
    return (await operate(settings, { op: 'files.find', client, path })) as FoundFile;
  } catch (error) {
    if (error instanceof SesameError && error.code === 'not-found') return undefined;
    throw error;
  }
}

function isSameVersion(a: FileListing, b: FileListing): boolean {
  return a.sha256 === b.sha256 && a.crc32 === b.crc32 && a.receipt?.seq === b.receipt?.seq;
}

async function problemOnDisk(file: FileListing, info: ServerInfo): Promise<string | undefined> {
  try {
    const digests = await digestsOf(info.files_folder, file);
    if (digests.size !== file.size) return `has ${digests.size} bytes, ${file.size} were acknowledged`;
    if (file.crc32 !== null && digests.crc32 !== file.crc32) return 'its content has changed (CRC-32)';
    if (file.sha256 !== null && digests.sha256 !== file.sha256) return 'its content has changed (SHA-256)';
  } catch (error) {
    const isGone = error instanceof SesameError && error.code === 'not-found';
    return isGone ? 'is gone' : `cannot be read: ${messageOf(error)}`;
  }
  if (file.sha256 === null) return undefined;
  if (!file.receipt) return 'its receipt is gone';
  if (!isSigned(file.receipt, info)) return 'its receipt is not signed by this server';
  const facts = JSON.parse(file.receipt.text) as { sha256?: unknown; size?: unknown };
  return facts.sha256 === file.sha256 && facts.size === file.size
    ? undefined
    : 'its receipt is for other content';
}

async function digestsOf(
  filesFolder: string,
  { client, path }: FileListing,
): Promise<{ size: number; crc32: string; sha256: string }> {
  const sha256 = createHash('sha256');
  const crc32 = new ZlibCrc32();
  let size = 0;
  const file = await openStored(filesFolder, client, path);
  const chunks = file.createReadStream({ highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>;
  for await (const chunk of chunks) {
    sha256.update(chunk);
    crc32.update(chunk);
    size += chunk.byteLength;
  }
  return { size, sha256: sha256.digest('hex'), crc32: crc32.digest().toString(16).padStart(8, '0') };
}
