// A machine that has joined a server and puts files there, with the compiled client.
import { join } from 'node:path';
import { eventsOf, SESAME } from '../support/native-client.ts';
import { Program, type Ending, type ProgramOptions } from '../support/program.ts';
import { TemporaryFolder } from '../support/running-server.ts';

export class Machine implements AsyncDisposable {
  readonly name: string;
  readonly #folder: TemporaryFolder;

  private constructor(name: string, folder: TemporaryFolder) {
    this.name = name;
    this.#folder = folder;
  }

  /** With a name that is free on the server on this port. */
  static async join(port: number, name: string): Promise<Machine> {
    const machine = new Machine(name, await TemporaryFolder.create());
    const { code, stderr } = await machine.run(['enroll', `127.0.0.1:${port}`, '--trust', '--name', name]);
    if (code !== 0) throw new Error(`sesame enroll: ${stderr}`);
    return machine;
  }

  /** Where it keeps its files, and starts its programs. */
  get folder(): string {
    return this.#folder.path;
  }

  start(args: readonly string[], options: ProgramOptions = {}): Program {
    const env = {
      XDG_CONFIG_HOME: join(this.folder, '.config'),
      XDG_STATE_HOME: join(this.folder, '.state'),
      ...options.env,
    };
    return new Program(SESAME, args, { cwd: this.folder, ...options, env });
  }

  async run(args: readonly string[], options: ProgramOptions = {}): Promise<Ending> {
    await using program = this.start(args, options);
    return await program.ended;
  }

  /** `sesame put --json`, which goes on for as long as connections fail. */
  put(port: number, ...args: string[]): Program {
    return this.start(['put', '--json', '--port', `${port}`, '--retries', '50', ...args]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#folder[Symbol.asyncDispose]();
  }
}

/** The paths that a `put --json` has called acknowledged so far. Its last line may have been cut off with it. */
export function acknowledgedBy({ stdout }: { readonly stdout: string }): string[] {
  return eventsOf(stdout)
    .filter(({ event, status }) => event === 'file' && status === 'acknowledged')
    .map(({ path = '' }) => path);
}
