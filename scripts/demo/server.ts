import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';

const START_LIMIT_MS = 15_000;
const POLL_MS = 20;

const readySchema = z.object({ transfer: z.object({ host: z.string(), port: z.number() }) });

/** A `sesamed serve` of its own for the demo. Disposing of it ends it, however the demo went. */
export class DemoServer implements AsyncDisposable {
  /** Where it stores what it receives. */
  readonly dataFolder: string;
  readonly #process: ChildProcess;
  readonly #closed: Promise<unknown>;
  #log = '';

  private constructor(root: string, folder: string, readyFile: string) {
    this.dataFolder = join(folder, 'data');
    const where = ['--port', '0', '--no-http', '--data-dir', this.dataFolder, '--ready-file', readyFile];
    const server = spawn(process.execPath, [join(root, 'dist', 'main.js'), 'serve', ...where], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    server.stderr.setEncoding('utf8').on('data', (text: string) => (this.#log += text));
    this.#process = server;
    this.#closed = once(server, 'close');
  }

  /**
   * Starts a server on a free port of loopback, with everything it writes below `folder`, and waits until it
   * accepts connections.
   *
   * @returns the server and its HOST:PORT, as the first line of transfer.info has it
   */
  static async start(
    root: string,
    folder: string,
    signal: AbortSignal,
  ): Promise<[DemoServer, address: string]> {
    const readyFile = join(folder, 'ready.json');
    const server = new DemoServer(root, folder, readyFile);
    try {
      return [server, await server.#addressFrom(readyFile, signal)];
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #addressFrom(readyFile: string, signal: AbortSignal): Promise<string> {
    const deadline = performance.now() + START_LIMIT_MS;
    while (!existsSync(readyFile)) {
      if (this.#hasEnded || performance.now() > deadline) throw this.#complaint('did not start');
      await delay(POLL_MS, undefined, { signal });
    }
    const { host, port } = readySchema.parse(JSON.parse(await readFile(readyFile, 'utf8'))).transfer;
    return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  }

  /** Ends the server as an operator would; rejects unless it then exits with 0. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
    if (this.#process.exitCode !== 0) throw this.#complaint('did not stop cleanly');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end('SIGKILL');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    this.#process.kill(signal);
    await this.#closed;
  }

  get #hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  #complaint(what: string): Error {
    const { exitCode, signalCode } = this.#process;
    const ending = this.#hasEnded ? ` (${signalCode ?? `exit code ${exitCode ?? '?'}`})` : '';
    return new Error(`The server ${what}${ending}:\n${this.#log}`);
  }
}
