// The compiled client with an identity of its own, for v4: a folder with files, its keys and its receipts.
import { chmod, lstat, readdir, readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { ClientFolder, runOf, type Run } from './native-client.ts';
import type { Ending, ProgramOptions } from './program.ts';
import { TemporaryFolder, type RunningServer } from './running-server.ts';
import { notStored, type Files } from './stored-files.ts';
import { enrol, type EnrolOptions } from './v4-enrolment.ts';
import { until } from './waiting.ts';

/** ms; the promise is a second, on a machine that is not as busy as one that runs tests. */
const PLACING = 5000;

export interface Facts {
  /** ms since 1970. */
  readonly mtime: number;
  /** The lower 9 bits. */
  readonly mode: number;
}

export class V4Folder extends ClientFolder {
  /** Of a client that no server knows yet. */
  static async fresh(): Promise<V4Folder> {
    return new V4Folder(await TemporaryFolder.create());
  }

  /** Of a client that has joined with a join line, under this name. */
  static async joined(server: RunningServer, name: string, options?: EnrolOptions): Promise<V4Folder> {
    const folder = await V4Folder.fresh();
    const { line } = await enrol(server, name, options);
    const { code, stderr } = await folder.sesame('enroll', line);
    if (code !== 0) throw new Error(`sesame enroll: ${stderr}`);
    return folder;
  }

  /** The configuration folder: keys and server.json. */
  get config(): string {
    return this.at('.config/sesame');
  }

  /** Any command, to its end. */
  async sesame(...args: string[]): Promise<Ending> {
    return this.sesameWith({}, ...args);
  }

  async sesameWith(options: ProgramOptions, ...args: string[]): Promise<Ending> {
    await using program = this.program(args, options);
    return await program.ended;
  }

  /** Any command with `--json`, to its end. */
  async json(command: string, ...args: string[]): Promise<Run> {
    return runOf(await this.sesame(command, '--json', ...args));
  }

  async writeAll(files: Files): Promise<void> {
    for (const [name, content] of files) await this.write(name, content);
  }

  async setFacts(name: string, { mtime, mode }: Facts): Promise<void> {
    const time = String(mtime / 1000); // Node takes a negative number for the present
    await chmod(this.at(name), mode);
    await utimes(this.at(name), time, time);
  }

  /** The log of the receipts that came from the one server it knows. */
  async receiptLog(): Promise<string> {
    const folder = this.at('.state/sesame/receipts');
    const [pin = ''] = await readdir(folder);
    return join(folder, pin, 'receipts.jsonl');
  }

  async receiptLines(): Promise<string[]> {
    return (await readFile(await this.receiptLog(), 'utf8')).split('\n').slice(0, -1);
  }
}

export async function factsOf(path: string): Promise<Facts> {
  const { mtimeMs, mode } = await lstat(path);
  return { mtime: Math.round(mtimeMs), mode: mode & 0o777 };
}

/** Resolves when all of these files stand at their places, byte for byte. */
export async function allStored(server: RunningServer, client: string, files: Files): Promise<void> {
  let missing: readonly string[] = [];
  const stands = async (): Promise<boolean> =>
    (missing = await notStored(server, client, files)).length === 0;
  await until('every file at its place', stands, PLACING).catch((error: unknown) => {
    throw new Error(`not stored: ${missing.map((name) => JSON.stringify(name)).join()}`, { cause: error });
  });
}
