import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat, access } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import { escapeForDisplay } from '../base/format.ts';
import { messageOf, SesameError } from '../base/errors.ts';
import { AES_KEY_BYTES, AesCbcDecryptor } from '../crypto/aes-cbc.ts';
import { ExitCode } from './exit-codes.ts';

interface DecryptOptions {
  readonly keyFile: string;
  readonly out: string;
  readonly force?: boolean;
}

export function decryptCommand(): Command {
  return new Command('decrypt')
    .description('decrypt what --encrypt stored: a file, or a folder with all that is in it')
    .argument('<path>', 'file or folder of ciphertexts')
    .requiredOption('--key-file <file>', 'the AES key, 32 hex digits; - reads it from stdin')
    .requiredOption('--out <folder>', 'where the plaintext goes, in the same structure')
    .option('--force', 'replace files that are there')
    .addHelpText(
      'after',
      '\nExample:\n  sesamed decrypt --key-file key.txt data/files/sesame-sources --out plain',
    )
    .action(async (path: string, options: DecryptOptions) => {
      process.exitCode = await decrypt(path, options);
    });
}

async function decrypt(path: string, options: DecryptOptions): Promise<ExitCode> {
  const key = await readKey(options.keyFile);
  const files = await listFiles(path);
  let failed = 0;
  for (const relative of files) {
    const source = relative === '' ? path : join(path, relative);
    const target = join(options.out, relative === '' ? basename(path) : relative);
    try {
      await decryptFile(source, target, key, options.force ?? false);
    } catch (error) {
      failed += 1;
      console.error(`${escapeForDisplay(source)}: ${messageOf(error)}`);
    }
  }
  console.error(`${files.length - failed} of ${files.length} files decrypted into ${options.out}`);
  if (failed > 0)
    console.error('A file that does not decrypt is damaged, or the key is not the one it was sent under.');
  return failed > 0 ? ExitCode.someFailed : ExitCode.done;
}

async function readKey(file: string): Promise<Uint8Array> {
  const digits = (
    file === '-' ? await text(process.stdin) : await readFile(file, 'utf8').catch(notFound(file))
  ).trim();
  if (new RegExp(`^[0-9a-f]{${AES_KEY_BYTES * 2}}$`, 'i').test(digits)) return Buffer.from(digits, 'hex');
  throw new SesameError('bad-setting', `${file} must hold ${AES_KEY_BYTES * 2} hex digits`);
}

/** Paths below a folder, or one empty path for a file. */
async function listFiles(path: string): Promise<readonly string[]> {
  const found = await stat(path).catch(notFound(path));
  if (!found.isDirectory()) return [''];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(path, '/').length))
    .sort();
}

/** By way of a temporary: a file that does not decrypt to its end leaves nothing behind. */
async function decryptFile(source: string, target: string, key: Uint8Array, force: boolean): Promise<void> {
  if (!force && (await exists(target)))
    throw new SesameError('bad-path', `${target} is there already; --force replaces it`);
  await mkdir(dirname(target), { recursive: true });
  const temporary = `${target}.${process.pid}.part`;
  const output = await open(temporary, 'wx', 0o600);
  try {
    const decryptor = new AesCbcDecryptor(key);
    for await (const chunk of createReadStream(source, {
      highWaterMark: 1024 * 1024,
    }) as AsyncIterable<Buffer>) {
      await output.writeFile(decryptor.update(chunk));
    }
    await output.writeFile(decryptor.finish());
    await output.close();
    await rename(temporary, target);
  } catch (error) {
    await output.close();
    await rm(temporary, { force: true });
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function notFound(path: string): (cause: unknown) => never {
  return (cause) => {
    throw new SesameError('not-found', `cannot read ${path}: ${messageOf(cause)}`, { cause });
  };
}
