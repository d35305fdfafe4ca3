// A whole server behind its gate in one network namespace, and the real client in another.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NamespacePair, type Namespace } from './namespaces.ts';
import { SESAME } from './native-client.ts';
import { Program, type Ending, type ProgramOptions } from './program.ts';
import { MAIN, TemporaryFolder } from './running-server.ts';
import { until } from './waiting.ts';

export const TRANSFER_PORT = 1357;
export const HTTP_PORT = 8357;
export const KNOCK_PORT = 6257;

/** ms; it serves many tests. */
const LIFETIME = 300_000;

export class GatedServer implements AsyncDisposable {
  readonly pair: NamespacePair;
  readonly #folder: TemporaryFolder;
  #program: Program;

  private constructor(pair: NamespacePair, folder: TemporaryFolder, args: readonly string[]) {
    this.pair = pair;
    this.#folder = folder;
    this.#program = this.#start(args);
  }

  /** Resolves when it serves, on both families, with HTTP beside it. */
  static async start(...args: string[]): Promise<GatedServer> {
    const server = new GatedServer(new NamespacePair(), await TemporaryFolder.create(), args);
    await server.#untilReady();
    return server;
  }

  get dataDir(): string {
    return join(this.#folder.path, 'data');
  }

  get stderr(): string {
    return this.#program.stderr;
  }

  get pid(): number {
    return this.#program.pid;
  }

  /** `sesamed` beside it, to its end. */
  sesamed(...args: string[]): Promise<Ending> {
    return Program.run(process.execPath, [MAIN, ...args, '--data-dir', this.dataDir]);
  }

  /** `sesame` of a client that keeps its things in a folder of this name. */
  sesame(client: string, args: readonly string[], options: ProgramOptions = {}): Promise<Ending> {
    return this.pair.client.run(SESAME, args, {
      cwd: this.#folder.path,
      ...options,
      env: this.#places(client),
    });
  }

  /** As `sesame`, which goes on. */
  startSesame(client: string, args: readonly string[]): Program {
    return this.pair.client.start(SESAME, args, { cwd: this.#folder.path, env: this.#places(client) });
  }

  /** Enrols a machine from beside the server, where there is no gate, and then it is far away. */
  async enrol(client: string): Promise<void> {
    const line = await this.joinLine(client);
    const place = { cwd: this.#folder.path, env: this.#places(client), input: line };
    const { code, stderr } = await this.pair.server.run(SESAME, ['enroll', '-'], place);
    if (code !== 0) throw new Error(stderr);
  }

  joinLine(client: string): Promise<string> {
    return this.#lineOf(client);
  }

  /** For so many machines whose names match. */
  fleetLine(pattern: string, uses: number): Promise<string> {
    return this.#lineOf('--pattern', pattern, '--uses', String(uses));
  }

  async #lineOf(...forWhom: readonly string[]): Promise<string> {
    const at = `${this.pair.server.ipv4}:${TRANSFER_PORT}`;
    const { stdout, stderr } = await this.sesamed('enroll', ...forWhom, '--advertise', at);
    const [line] = /sesame:\/\/\S+/.exec(stdout) ?? [];
    if (line === undefined) throw new Error(stderr);
    return line;
  }

  /** Open to the transfer port, as the server counts them. */
  async connections(): Promise<number> {
    const url = `http://127.0.0.1:${HTTP_PORT}/metrics`;
    const metrics = await this.#server.output('curl', '-s', url);
    return Number(/^sesame_connections\{protocol="v4"\} (\d+)/m.exec(metrics)?.[1] ?? 0);
  }

  /** A path in the folder of all clients. */
  at(name: string): string {
    return join(this.#folder.path, name);
  }

  /** Sends the signal to its end. */
  async stop(signal: NodeJS.Signals): Promise<Ending> {
    return await this.#program.stop(signal);
  }

  async again(...args: string[]): Promise<void> {
    this.#program = this.#start(args);
    await this.#untilReady();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#program.running) await this.#program.stop('SIGTERM');
    this.pair[Symbol.dispose]();
    await this.#folder[Symbol.asyncDispose]();
  }

  #start(args: readonly string[]): Program {
    const places = ['--data-dir', this.dataDir, '--ready-file', this.#readyFile];
    const ports = ['--port', String(TRANSFER_PORT), '--http-port', String(HTTP_PORT), '--http-tls', 'off'];
    const hosts = ['--host', '::', '--http-host', '::', '--grace-time', '1'];
    const line = [MAIN, 'serve', ...places, ...ports, ...hosts, ...args];
    return this.#server.start(process.execPath, line, { limit: LIFETIME });
  }

  async #untilReady(): Promise<void> {
    const isReady = (): Promise<boolean> =>
      readFile(this.#readyFile, 'utf8').then(
        (said) => (JSON.parse(said) as { pid: number }).pid === this.pid,
        () => false,
      );
    await until('it is ready', async () => !this.#program.running || (await isReady()), 30_000);
    if (!this.#program.running) throw new Error(this.stderr);
  }

  get #server(): Namespace {
    return this.pair.server;
  }

  get #readyFile(): string {
    return join(this.#folder.path, 'ready.json');
  }

  #places(client: string): NodeJS.ProcessEnv {
    return { XDG_CONFIG_HOME: this.at(`${client}/config`), XDG_STATE_HOME: this.at(`${client}/state`) };
  }
}
