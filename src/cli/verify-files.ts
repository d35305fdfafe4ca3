import { messageOf, SesameError } from '../base/errors.ts';
import { escapeForDisplay } from '../base/format.ts';
import type { Settings } from '../config/settings.ts';
import type { FileListing, FoundFile } from '../control/file-listing.ts';
import type { ClientListing, ServerInfo } from '../control/operations.ts';
import { digestStored } from '../storage/stored-file.ts';
import { clientNameKey } from '../transfer/storage-path.ts';
import { judge, type AcknowledgedFile } from '../transfer/stored-file-check.ts';
import { ExitCode } from './exit-codes.ts';
import { operate } from './operate.ts';
import { storedFiles } from './stored-files.ts';
import { problemsOfChain, signedReceipt } from './verify-receipts.ts';

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
    const found = await digestStored(info.files_folder, file.client, file.path);
    const { verdict, message } = judge(acknowledged(file), found, Buffer.from(info.receipt_key, 'base64'));
    return verdict === 'intact' ? undefined : message;
  } catch (error) {
    return `cannot be read: ${messageOf(error)}`;
  }
}

function acknowledged({ size, sha256, crc32, receipt }: FileListing): AcknowledgedFile {
  return {
    size,
    sha256: sha256 === null ? null : Buffer.from(sha256, 'hex'),
    crc32: crc32 === null ? null : Number.parseInt(crc32, 16),
    receipt: receipt && signedReceipt(receipt),
  };
}
