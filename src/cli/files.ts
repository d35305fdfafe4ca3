import { copyFile, constants } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Command } from 'commander';
import { SesameError } from '../base/errors.ts';
import { escapeForDisplay, formatBytes } from '../base/format.ts';
import type { FileListing } from '../control/file-listing.ts';
import { ExitCode } from './exit-codes.ts';
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
        .argument('[path]', 'this file, or what is in this folder')
        .action(listFiles),
    )
    .addCommand(
      operatorCommand('get', 'copy a stored file out of the data folder')
        .argument('<client>')
        .argument('<path>')
        .option('-o, --out <file>', 'where to (default: its own name, here)')
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
  const settings = settingsFor(options);
  // carryOut gives exactly this for files.find.
  const found = (await operate(settings, { op: 'files.find', client, path })) as FileListing & {
    readonly files_folder: string;
  };
  const target = options.out ?? basename(found.path);
  const source = join(found.files_folder, found.client, found.path);
  try {
    await copyFile(source, target, options.force ? 0 : constants.COPYFILE_EXCL);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new SesameError(
      'bad-setting',
      `cannot copy to ${target}: ${why} (--force replaces a file that is there)`,
      {
        cause: error,
      },
    );
  }
  if (options.json) console.log(JSON.stringify({ ...found, out: target }));
  else console.error(`${escapeForDisplay(target)}: ${formatBytes(found.size)}`);
  process.exitCode = ExitCode.done;
}
