import { createWriteStream } from 'node:fs';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import { errnoOf, messageOf, SesameError } from '../base/errors.ts';
import { escapeForDisplay, formatBytes } from '../base/format.ts';
import type { FoundFile } from '../control/file-listing.ts';
import { openStored } from '../storage/stored-file.ts';
import { StoredPath } from './describe/stored-path.ts';
import { operate } from './operate.ts';
import { operatorCommand, settingsFor, type OperatorOptions } from './operator-command.ts';
import { storedFiles } from './stored-files.ts';
import { formatTable } from './table.ts';
import { verifyFiles } from './verify-files.ts';

interface GetOptions extends OperatorOptions {
  readonly out?: string;
  readonly force?: boolean;
}

export function filesCommand(): Command {
  return new Command('files')
    .description('the files that a server has stored, running or not')
    .addCommand(
      operatorCommand('ls', 'list stored files')
        .argument('[client]', 'of this client only')
        .addArgument(new StoredPath('[path]', 'this file, or what is in this folder'))
        .action(listFiles),
    )
    .addCommand(
      operatorCommand('get', 'copy a stored file out of the data folder')
        .argument('<client>')
        .addArgument(new StoredPath('<path>'))
        .option('-o, --out <file>', 'where to; - for stdout (default: its own name, here)')
        .option('--force', 'replace a file that is there')
        .action(getFile),
    )
    .addCommand(
      operatorCommand('verify', 'read stored files again, and check their digests, receipts and chains')
        .argument('[client]', 'of this client only')
        .action(async (client: string | undefined, options: OperatorOptions) => {
          process.exitCode = await verifyFiles(settingsFor(options), client ?? null, options.json ?? false);
        }),
    );
}

async function listFiles(
  client: string | undefined,
  path: string | undefined,
  options: OperatorOptions,
): Promise<void> {
  const rows: string[][] = [];
  for await (const file of storedFiles(settingsFor(options), client ?? null, path ?? '')) {
    if (options.json) {
      console.log(JSON.stringify(file));
      continue;
    }
    rows.push([
      escapeForDisplay(file.client),
      escapeForDisplay(file.path),
      formatBytes(file.size),
      file.modified.slice(0, 19).replace('T', ' '),
      file.receipt ? `#${file.receipt.seq}` : 'v3',
      (file.sha256 ?? file.crc32 ?? '').slice(0, 16),
    ]);
  }
  if (options.json) return;
  const head = ['CLIENT', 'PATH', 'SIZE', 'MODIFIED (UTC)', 'RECEIPT', 'DIGEST'];
  console.log(rows.length === 0 ? 'No file is stored.' : formatTable(head, rows));
}

async function getFile(client: string, path: string, options: GetOptions): Promise<void> {
  const toStdout = options.out === '-';
  if (toStdout && options.json) throw new SesameError('bad-setting', '-o - leaves no room for --json');
  // carryOut gives exactly this for files.find.
  const found = (await operate(settingsFor(options), { op: 'files.find', client, path })) as FoundFile;
  const target = options.out ?? basename(found.path);
  const source = await openStored(found.files_folder, found.client, found.path).catch((error: unknown) => {
    if (found.settled) throw error;
    throw new SesameError(
      'no-server',
      'it waits in the journal: the next start of the server puts it to its place',
      { cause: error },
    );
  });
  try {
    const sink = toStdout
      ? process.stdout
      : createWriteStream(target, { flags: options.force ? 'w' : 'wx', mode: 0o666 });
    await pipeline(source.createReadStream(), sink, { end: !toStdout });
  } catch (error) {
    const hint = errnoOf(error) === 'EEXIST' ? ' (--force replaces a file that is there)' : '';
    throw new SesameError('bad-setting', `cannot copy to ${target}: ${messageOf(error)}${hint}`, {
      cause: error,
    });
  }
  if (options.json) console.log(JSON.stringify({ ...found, out: target }));
  else console.error(`${escapeForDisplay(toStdout ? found.path : target)}: ${formatBytes(found.size)}`);
}
