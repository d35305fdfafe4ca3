/**
 * `npm run demo`: starts a server with a throw-away data folder, lets the compiled client send it the files that
 * transfer.info names, and compares every stored byte. Leaves nothing behind, and exits with 0 only if all went well.
 */
import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { sendFiles, type SentFile } from './demo/client.ts';
import { areIdentical } from './demo/compare.ts';
import { DemoServer } from './demo/server.ts';
import { table } from './demo/table.ts';

const root = resolve(import.meta.dirname, '..');
const interruption = new AbortController();

async function demo(signal: AbortSignal): Promise<void> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'sesame-demo-'));
  const [server, address] = await DemoServer.start(root, folder.path, signal);
  await using _server = server;
  console.log(`Server listening on ${address}, data in ${server.dataFolder}`);

  const { clientName, transferInfo } = await copyTransferInfo(folder.path, address);
  const start = performance.now();
  const { files, failure } = await sendFiles(
    root,
    transferInfo,
    (line) => console.log(`Client ${line}`),
    signal,
  );
  const seconds = (performance.now() - start) / 1000;

  const rows = await Promise.all(files.map((file) => inspect(file, server.dataFolder, clientName)));
  console.log(`\n${table(rows)}\n`);
  if (failure !== undefined) throw new Error(`The client ended with ${failure}.`);
  const different = rows.filter((row) => row.identical !== 'yes').map((row) => row.file);
  if (different.length > 0) throw new Error(`Not stored as they are: ${different.join(', ')}.`);
  if (files.length === 0) throw new Error('transfer.info names no file.');

  await server.stop();
  console.log(summary(files, seconds));
}

/**
 * The client keeps its identity in a me.info beside the transfer.info in use: the demo's belong to the throw-away
 * folder, with the address of the throw-away server.
 */
async function copyTransferInfo(
  folder: string,
  address: string,
): Promise<{ clientName: string; transferInfo: string }> {
  const [, clientName = '', ...files] = (await readFile(join(root, 'transfer.info'), 'utf8')).split(/\r?\n/);
  const transferInfo = join(folder, 'transfer.info');
  await writeFile(transferInfo, [address, clientName, ...files].join('\n'));
  return { clientName, transferInfo };
}

async function inspect(file: SentFile, dataFolder: string, clientName: string) {
  const stored = join(dataFolder, 'files', clientName, file.path);
  return {
    file: file.path,
    size: file.size,
    sends: file.sends,
    CRC: file.crc ?? '',
    'stored at': relative(dataFolder, stored),
    identical: (await areIdentical(join(root, file.path), stored)) ? 'yes' : 'NO',
  };
}

function summary(files: readonly SentFile[], seconds: number): string {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const rate = (bytes / 1e6 / seconds).toFixed(1);
  const count = files.length === 1 ? '1 file' : `${files.length} files`;
  return `${count}, ${bytes} bytes in ${seconds.toFixed(2)} s with registration and keys (${rate} MB/s): all acknowledged, all identical.`;
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => interruption.abort());
}
try {
  await demo(interruption.signal);
} catch (error) {
  console.error(interruption.signal.aborted ? 'Interrupted.' : `The demo failed. ${describe(error)}`);
  process.exitCode = interruption.signal.aborted ? 130 : 1;
}
