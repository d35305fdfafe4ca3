// A program as a child process: what it says, and how it ends.
import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { plainEnvironment } from './running-server.ts';

/** Nothing that a test starts may take longer unless it says so: a program that hangs is killed, and its ending says so. */
const TIME_LIMIT = 60_000;

/** Those that are to be gone when the test run is. */
const children = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

export interface ProgramOptions {
  readonly cwd?: string;
  /** Beside what every program here gets. */
  readonly env?: NodeJS.ProcessEnv;
  /** What it reads from stdin, which ends behind it. */
  readonly input?: string | Uint8Array;
  /** ms after which it is killed. */
  readonly limit?: number;
}

export interface Ending {
  /** null for an end by a signal. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

export class Program implements AsyncDisposable {
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  #stdout = '';
  #stderr = '';
  #news = Promise.withResolvers<undefined>();

  constructor(command: string, args: readonly string[], options: ProgramOptions = {}) {
    const start = performance.now();
    this.#child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...plainEnvironment(), ...options.env },
      stdio: 'pipe',
    });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
      this.#tell();
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
      this.#tell();
    });
    this.#child.stdin.on('error', () => {
      // it ended without reading
    });
    this.#child.stdin.end(options.input ?? '');
    this.ended = this.#untilEnded(start, options.limit ?? TIME_LIMIT);
    this.ended.catch(() => {}); // who awaits it is told
  }

  /** Runs a program to its end. */
  static async run(command: string, args: readonly string[], options: ProgramOptions = {}): Promise<Ending> {
    await using program = new Program(command, args, options);
    return await program.ended;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Sends the signal and waits for the end. */
  async stop(signal: NodeJS.Signals): Promise<Ending> {
    this.kill(signal);
    return await this.ended;
  }

  /** Resolves when `condition` holds of what it has said. Rejects when it ends before that. */
  async says(what: string, condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (!this.running) throw new Error(`it ended before ${what}:\n${this.#stdout}${this.#stderr}`);
      await this.#news.promise;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.running) this.kill('SIGKILL');
    await this.ended.catch(() => undefined);
  }

  #tell(): void {
    this.#news.resolve(undefined);
    this.#news = Promise.withResolvers<undefined>();
  }

  async #untilEnded(start: number, limit: number): Promise<Ending> {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), limit);
    children.add(this.#child);
    try {
      await once(this.#child, 'close');
    } finally {
      clearTimeout(timer);
      children.delete(this.#child);
      this.#tell();
    }
    return {
      code: this.#child.exitCode,
      signal: this.#child.signalCode,
      stdout: this.#stdout,
      stderr: this.#stderr,
      seconds: (performance.now() - start) / 1000,
    };
  }
}
