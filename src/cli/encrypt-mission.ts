import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunningServer } from '../app.ts';
import { SesameError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Settings } from '../config/settings.ts';
import { formatAddress, type ListenAddress } from '../server/listening.ts';
import { projectFolder } from './project-folder.ts';

/** The name under which the launched client registers. */
const CLIENT_NAME = 'sesame-sources';

const root = fileURLToPath(projectFolder);

/**
 * `--encrypt`: builds the client if it is not current, has it send its own source files to this server, and shows the
 * AES key under which they are stored. Its `transfer.info` and `me.info` live below the data folder.
 */
export async function runEncryptMission(
  server: RunningServer,
  settings: Settings,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  await run(process.execPath, [join(root, 'scripts/setup.mjs'), '--client-only'], signal);

  const folder = join(resolve(settings['data-dir']), 'encrypt');
  const transferInfo = join(folder, 'transfer.info');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(transferInfo, await transferInfoFor(server), { mode: 0o600 });

  const exit = await run(join(root, 'build/sesame'), ['send', transferInfo, '-C', root], signal, [0, 23]);
  const client = await server.registrar.findKeyed(CLIENT_NAME);
  if (client) {
    log.critical('AES key of the launched client', {
      client: CLIENT_NAME,
      key: Buffer.from(server.registrar.aesKeyOf(client)).toString('hex'),
      stored: join(settings['data-dir'], 'files', CLIENT_NAME),
    });
  }
  if (exit !== 0) log.critical('the launched client did not send everything', { exit });
}

async function transferInfoFor(server: RunningServer): Promise<string> {
  const [address] = server.addresses;
  if (!address) throw new SesameError('bad-setting', 'the server has no address for its client');
  const sources = join(root, 'client-cpp');
  const files = (await readdir(sources, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
  return [formatAddress(reachable(address)), CLIENT_NAME, ...files, ''].join('\n');
}

/** A server on all addresses is reached on loopback. */
function reachable(address: ListenAddress): ListenAddress {
  if (address.address === '0.0.0.0') return { ...address, address: '127.0.0.1' };
  return address.address === '::' ? { ...address, address: '::1' } : address;
}

/** Runs a program whose progress goes where ours goes. */
async function run(
  program: string,
  args: readonly string[],
  signal: AbortSignal,
  accepted: readonly number[] = [0],
): Promise<number> {
  const child: ChildProcess = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'], signal });
  const exit = await new Promise<number>((settle, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      settle(code ?? 1);
    });
  });
  if (!accepted.includes(exit)) {
    throw new SesameError('not-found', `${relative(root, program) || program} ended with exit code ${exit}`);
  }
  return exit;
}
