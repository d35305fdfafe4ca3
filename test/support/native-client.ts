// The compiled client, in a folder of its own with a transfer.info.
import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { createCipheriv } from 'node:crypto';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Program, type Ending, type ProgramOptions } from './program.ts';
import { TemporaryFolder } from './running-server.ts';

export const SESAME = fileURLToPath(new URL('../../build/sesame', import.meta.url));

type V3Event = 'registered' | 'reconnected' | 'crc-differs';
type WatchEvent =
  | 'watching'
  | 'waiting'
  | 'waiting-file'
  | 'rescan'
  | 'root'
  | 'recovered'
  | 'removed'
  | 'watches-used-up'
  | 'watches-suffice'
  | 'server-behind'
  | 'outbox-damaged';
type V4Event =
  | 'awaiting-approval'
  | 'enrolled'
  | 'connected'
  | 'folder'
  | 'restarted'
  | 'skipped'
  | 'entry'
  | 'status'
  | 'finding';

/** A line of `--json`, with the fields of all events. */
export interface ClientEvent {
  readonly event: V3Event | V4Event | WatchEvent | 'file' | 'retry' | 'error' | 'summary';
  readonly client?: string;
  readonly kept?: string;
  readonly path?: string;
  readonly size?: number;
  readonly status?: 'acknowledged' | 'failed' | 'would-send' | 'fetched' | 'verified' | 'missing' | 'there';
  readonly sends?: number;
  readonly send?: number;
  readonly crc?: string;
  readonly code?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly files?: number;
  readonly acknowledged?: number;
  readonly failed?: number;
  readonly bytes?: number;
  readonly seconds?: number;
  readonly exit?: number;
  readonly seq?: number;
  readonly resumed_from?: number;
  /** Of a file whether, of a summary how many. */
  readonly already_there?: boolean | number;
  readonly bytes_sent?: number;
  readonly receipts?: number | string;
  readonly command?: string;
}

/** How a run with `--json` went. */
export interface Run extends Ending {
  readonly events: readonly ClientEvent[];
  /** The paths of the files by what became of them, as the list has them. */
  readonly acknowledged: readonly string[];
  readonly failed: readonly string[];
}

/** What is on stdout, complete lines only. Throws where one is no JSON. */
export function eventsOf(stdout: string): ClientEvent[] {
  const lines = stdout.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as ClientEvent);
}

export function runOf(ending: Ending): Run {
  const events = eventsOf(ending.stdout);
  const paths = (status: ClientEvent['status']): string[] =>
    events.filter((event) => event.status === status).map(({ path = '' }) => path);
  return { ...ending, events, acknowledged: paths('acknowledged'), failed: paths('failed') };
}

/** A folder with a transfer.info and files, out of which `sesame` is run. */
export class ClientFolder implements AsyncDisposable {
  readonly #folder: TemporaryFolder;

  protected constructor(folder: TemporaryFolder) {
    this.#folder = folder;
  }

  /** With a transfer.info for a server on this port of loopback, or elsewhere. */
  static async create(
    server: number | string,
    clientName: string,
    files: readonly string[] = [],
  ): Promise<ClientFolder> {
    const folder = new ClientFolder(await TemporaryFolder.create());
    await folder.list(server, clientName, files);
    return folder;
  }

  get path(): string {
    return this.#folder.path;
  }

  get meInfo(): string {
    return join(this.path, 'me.info');
  }

  async list(server: number | string, clientName: string, files: readonly string[]): Promise<void> {
    const address = typeof server === 'number' ? `127.0.0.1:${server}` : server;
    await this.write('transfer.info', [address, clientName, ...files, ''].join('\n'));
  }

  /** A path in the folder, or itself where it is absolute. */
  at(name: string): string {
    return resolve(this.path, name);
  }

  async write(name: string, content: string | Uint8Array): Promise<void> {
    await mkdir(dirname(this.at(name)), { recursive: true });
    await writeFile(this.at(name), content);
  }

  /** A file of zeros that takes no space. */
  async writeSparse(name: string, size: number): Promise<void> {
    await this.write(name, '');
    await truncate(this.at(name), size);
  }

  /** `sesame send`, which goes on. */
  start(...args: string[]): Program {
    return this.program(['send', ...args]);
  }

  /** `sesame send` to its end. */
  async send(...args: string[]): Promise<Ending> {
    await using program = this.start(...args);
    return await program.ended;
  }

  /** `sesame send --json` to its end. */
  async run(...args: string[]): Promise<Run> {
    return runOf(await this.send('--json', ...args));
  }

  /** What it keeps of v4 is in this folder too, so that nobody's own enrolment has a say. */
  program(args: readonly string[], options: ProgramOptions = {}): Program {
    return this.programBy([], args, options);
  }

  /** The same, run by another command. */
  programBy(line: readonly string[], args: readonly string[], options: ProgramOptions = {}): Program {
    const env = { ...this.places, ...options.env };
    const [command = SESAME, ...rest] = [...line, SESAME, ...args];
    return new Program(command, rest, { cwd: this.path, ...options, env });
  }

  /** The environment that makes a client keep its things here. */
  get places(): NodeJS.ProcessEnv {
    return { XDG_CONFIG_HOME: this.at('.config'), XDG_STATE_HOME: this.at('.state') };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#folder[Symbol.asyncDispose]();
  }
}

/** Bytes that look random and are the same each time. */
export function sampleBytes(size: number, seed = 0): Buffer {
  const key = Buffer.alloc(16, `sample ${seed}`);
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size));
}
