/**
 * `npm run demo`: starts a server with a throw-away data folder, lets the compiled client send it the files that
 * transfer.info names, over v3 and over v4, compares every stored byte, and shows a receipt. `npm run demo -- --gate` shows
 * the gate and the guard instead. Leaves nothing behind, and exits with 0 only if all went well.
 */
import { glob, mkdir, mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runClient, sendFiles, type DemoClient, type SentFile } from './demo/client.ts';
import { becomeIdentical } from './demo/compare.ts';
import { DemoServer } from './demo/server.ts';
import { showGate } from './demo/gate.ts';
import { table } from './demo/table.ts';

const { values: flags } = parseArgs({ options: { gate: { type: 'boolean', default: false } } });
const root = resolve(import.meta.dirname, '..');
/** What the demo's client is called when it speaks v4; in v3 transfer.info says it. */
const V4_NAME = 'demo';
const interruption = new AbortController();

async function demo(signal: AbortSignal): Promise<void> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'sesame-demo-'));
  if (flags.gate) {
    await showGate(root, folder.path, signal);
    return;
  }
  const [server, address] = await DemoServer.start(root, folder.path, signal);
  await using _server = server;
  console.log(`Server listening on ${address}, data in ${server.dataFolder}`);

  const sample = await readTransferInfo();
  const client = { root, environment: environmentIn(folder.path), signal };
  const stored = join(server.dataFolder, 'files');
  const listOf3 = await writeTransferInfo(join(folder.path, 'v3'), [address, ...sample]);
  const v3 = await upload(client, listOf3, 3, join(stored, sample[0] ?? ''));
  await runClient(client, 'enroll', address, '--trust', '--name', V4_NAME);
  const listOf4 = await writeTransferInfo(join(folder.path, 'v4'), [address, V4_NAME, ...sample.slice(1)]);
  const v4 = await upload(client, listOf4, 4, join(stored, V4_NAME));

  await showReceipt(client, v4.files, join(folder.path, 'receipt'));
  await server.stop();
  console.log(v3.summary);
  console.log(v4.summary);
}

/** One run of the client over all files. @param stored where the server puts them */
async function upload(
  client: DemoClient,
  transferInfo: string,
  protocol: 3 | 4,
  stored: string,
): Promise<{ files: readonly SentFile[]; summary: string }> {
  const start = performance.now();
  const { files, failure } = await sendFiles(client, transferInfo, protocol, (line) =>
    console.log(`Client v${protocol} ${line}`),
  );
  const seconds = (performance.now() - start) / 1000;
  if (failure !== undefined) throw new Error(`The client ended with ${failure}.`);
  const rows = await Promise.all(files.map((file) => inspect(file, stored)));
  console.log(`\n${table(rows)}\n`);
  const different = rows.filter((row) => row.identical !== 'yes').map((row) => row.file);
  if (different.length > 0) throw new Error(`Not stored as they are: ${different.join(', ')}.`);
  if (files.length === 0) throw new Error('transfer.info names no file.');
  return { files, summary: summary(files, protocol, seconds) };
}

/** What the client can show afterwards, to anybody. */
async function showReceipt(client: DemoClient, files: readonly SentFile[], folder: string): Promise<void> {
  const [first] = files;
  if (!first) return;
  const said = await runClient(client, 'verify', join(client.root, first.path), '--receipt', folder);
  const [receipt] = await Array.fromAsync(glob('*.json', { cwd: folder }));
  if (receipt === undefined) throw new Error('The client kept no receipt.');
  console.log(`The receipt of ${first.path}:\n${await readFile(join(folder, receipt), 'utf8')}\n${said}`);
}

/** The v4 client keeps its keys and receipts in its own places: the demo's are throw-away ones. */
function environmentIn(folder: string): NodeJS.ProcessEnv {
  const places = { XDG_CONFIG_HOME: join(folder, 'config'), XDG_STATE_HOME: join(folder, 'state') };
  return { ...process.env, ...places };
}

/** The name of the sample's client, and its files. */
async function readTransferInfo(): Promise<string[]> {
  return (await readFile(join(root, 'transfer.info'), 'utf8')).split(/\r?\n/).slice(1);
}

/**
 * A v3 client keeps its identity in a me.info beside the transfer.info in use: the demo's belong to the throw-away folder,
 * with the address of the throw-away server.
 */
async function writeTransferInfo(folder: string, lines: readonly string[]): Promise<string> {
  await mkdir(folder);
  const path = join(folder, 'transfer.info');
  await writeFile(path, lines.join('\n'));
  return path;
}

async function inspect(file: SentFile, folder: string) {
  const stored = join(folder, file.path);
  return {
    file: file.path,
    size: file.size,
    receipt: file.seq ? `#${file.seq}` : '',
    digest: file.crc ? `CRC ${file.crc}` : `SHA-256 ${file.sha256?.slice(0, 16) ?? ''}…`,
    'stored at': join(basename(folder), file.path),
    identical: (await becomeIdentical(join(root, file.path), stored)) ? 'yes' : 'NO',
  };
}

function summary(files: readonly SentFile[], protocol: 3 | 4, seconds: number): string {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const rate = (bytes / 1e6 / seconds).toFixed(1);
  const count = files.length === 1 ? '1 file' : `${files.length} files`;
  return `v${protocol}: ${count}, ${bytes} bytes in ${seconds.toFixed(2)} s (${rate} MB/s): all acknowledged, all identical.`;
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
