// `sesamed http`: the files of a folder over HTTP, in a folder made for the test.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Program } from './program.ts';
import { TemporaryFolder } from './running-server.ts';
import { startSesamed } from './sesamed.ts';
import { ask, type WebAnswer, type WebRequest } from './web.ts';

export class FileServer implements AsyncDisposable {
  readonly #folder: TemporaryFolder;
  readonly #program: Program;

  private constructor(folder: TemporaryFolder, program: Program) {
    this.#folder = folder;
    this.#program = program;
  }

  /** With these files in `./resources`, or wherever their names lead. @param args behind the port */
  static async start(
    files: Readonly<Record<string, string | Uint8Array>>,
    ...args: readonly string[]
  ): Promise<FileServer> {
    const folder = await TemporaryFolder.create();
    await mkdir(join(folder.path, 'resources'));
    for (const [name, content] of Object.entries(files)) {
      const path = join(folder.path, 'resources', name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content);
    }
    const program = startSesamed(['http', '0', ...args], { cwd: folder.path });
    const server = new FileServer(folder, program);
    await program.says('where it listens', () => /^listening on /m.test(program.stderr));
    return server;
  }

  get root(): string {
    return join(this.#folder.path, 'resources');
  }

  get stderr(): string {
    return this.#program.stderr;
  }

  get port(): number {
    return Number(/^listening on \S*:(\d+)/m.exec(this.stderr)?.[1]);
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  ask(path: string, asked: WebRequest = {}): Promise<WebAnswer> {
    return ask(this.origin, path, asked);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }
}
