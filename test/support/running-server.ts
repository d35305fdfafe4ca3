// The real server as a child process, on a free port and a folder of its own.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** What set-up compiles, and `npm start` runs: it starts in half the time that the sources take. */
export const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

const START_LIMIT = 20_000;
/** Seconds: where even a killed test run leaves a server behind, it ends by itself. */
const IDLE_EXIT = '120';

export interface Address {
  readonly host: string;
  readonly port: number;
}

interface Ready {
  readonly transfer: Address;
  readonly http?: Address | null;
  readonly pid: number;
}

/** A folder below the system's temporary one, removed at the end. */
export class TemporaryFolder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(parent = tmpdir()): Promise<TemporaryFolder> {
    return new TemporaryFolder(await mkdtemp(join(parent, 'sesame-test-')));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Paths below it may be longer than fs.rm can name in one go.
    const program = spawn('rm', ['-rf', '--', this.path], { stdio: 'ignore' });
    await once(program, 'close');
  }
}

export class RunningServer implements AsyncDisposable {
  readonly #folder: TemporaryFolder;
  #child: ChildProcess;
  #exit: Promise<number | null>;
  #stderr = '';
  #ready: Ready | undefined;

  private constructor(folder: TemporaryFolder, args: readonly string[]) {
    this.#folder = folder;
    [this.#child, this.#exit] = this.#spawn(args);
  }

  /** Resolves when the server accepts connections. */
  static async start(...args: string[]): Promise<RunningServer> {
    const server = new RunningServer(await TemporaryFolder.create(), args);
    await server.#untilReady();
    return server;
  }

  /** As `start`, with its folder below another: one that lies on a disk of its own, say. */
  static async startBelow(parent: string, ...args: string[]): Promise<RunningServer> {
    const server = new RunningServer(await TemporaryFolder.create(parent), args);
    await server.#untilReady();
    return server;
  }

  /** Runs it in a new folder as far as its exit: for starts that are refused. */
  static async failing(...args: string[]): Promise<{ code: number | null; stderr: string }> {
    await using server = new RunningServer(await TemporaryFolder.create(), args);
    const code = await server.#exit;
    return { code, stderr: server.stderr };
  }

  get port(): number {
    return this.#facts.transfer.port;
  }

  get http(): Address | undefined {
    return this.#facts.http ?? undefined;
  }

  get pid(): number {
    return this.#facts.pid;
  }

  get dataDir(): string {
    return join(this.#folder.path, 'data');
  }

  /** Everything that all its runs have written to stderr. */
  get stderr(): string {
    return this.#stderr;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The exit code of the present run, null for an end by a signal. */
  get exit(): Promise<number | null> {
    return this.#exit;
  }

  /** Sends the signal and gives the exit code, null for an end by the signal. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.#child.kill(signal);
    return this.#exit;
  }

  /** Starts again on the same folder, after `stop`. */
  async again(...args: string[]): Promise<void> {
    await rm(this.#readyFile, { force: true });
    [this.#child, this.#exit] = this.#spawn(args);
    await this.#untilReady();
  }

  /** A path below `files/` of the data folder. */
  file(client: string, ...segments: string[]): string {
    return join(this.dataDir, 'files', client, ...segments);
  }

  /** What lies in `incoming/`. */
  async incoming(): Promise<string[]> {
    return readdir(join(this.dataDir, 'incoming'));
  }

  /** The memory that the server has resident, in MiB. */
  async residentMiB(): Promise<number> {
    const status = await readFile(`/proc/${String(this.pid)}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.running) await this.stop('SIGKILL');
    await this.#folder[Symbol.asyncDispose]();
  }

  get #facts(): Ready {
    if (this.#ready === undefined) throw new Error('the server is not ready');
    return this.#ready;
  }

  get #readyFile(): string {
    return join(this.#folder.path, 'ready.json');
  }

  #spawn(args: readonly string[]): [ChildProcess, Promise<number | null>] {
    const paths = ['--data-dir', this.dataDir, '--ready-file', this.#readyFile];
    const http = args.includes('--http-port') ? [] : ['--no-http'];
    const fixed = ['--port', '0', ...http, '--idle-exit', IDLE_EXIT, ...paths];
    const child = spawn(process.execPath, [MAIN, 'serve', ...fixed, ...args], {
      cwd: this.#folder.path,
      env: plainEnvironment(),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    const kill = (): boolean => child.kill('SIGKILL');
    process.once('exit', kill);
    const exit = once(child, 'close').then(() => {
      process.off('exit', kill);
      return child.exitCode;
    });
    return [child, exit];
  }

  async #untilReady(): Promise<void> {
    const end = performance.now() + START_LIMIT;
    while (this.running && performance.now() < end) {
      const text = await readFile(this.#readyFile, 'utf8').catch(() => '');
      if (text.trimEnd().endsWith('}')) {
        this.#ready = JSON.parse(text) as Ready;
        return;
      }
      await sleep(20);
    }
    const why = this.running ? 'the server was not ready in time' : 'the server ended at once';
    await this[Symbol.asyncDispose]();
    throw new Error(`${why}:\n${this.#stderr}`);
  }
}

/** The environment without what would set up the server, or colour its log. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(SESAME_.*|FORCE_COLOR|NODE_OPTIONS)$/.test(name),
  );
  return { ...Object.fromEntries(kept), NO_COLOR: '1' };
}
