// The servers that the rows need, each started when it is asked for, in one temporary folder.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Delayed } from './peers/delayed.ts';
import { FileServer } from '../support/web-root.ts';
import { NginxServer } from './peers/nginx-server.ts';
import { SesamePair } from './peers/sesame-pair.ts';
import { SshServer } from './peers/ssh-server.ts';

export class Stage implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'sesame-bench-'));
  readonly #started = new AsyncDisposableStack();
  readonly #known = new Map<string, Promise<unknown>>();

  constructor() {
    this.#started.defer(() => {
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  ssh(): Promise<SshServer> {
    return this.#once('ssh', async () => this.#started.use(await SshServer.start(this.#subfolder('ssh'))));
  }

  nginx(): Promise<NginxServer> {
    return this.#once('nginx', async () =>
      this.#started.use(await NginxServer.start(this.#subfolder('nginx'))),
    );
  }

  sesame(): Promise<SesamePair> {
    return this.#once('sesame', async () =>
      this.#started.use(await SesamePair.start(this.#subfolder('sesame'))),
    );
  }

  /** `sesamed http` on a folder. */
  web(root: string): Promise<FileServer> {
    return this.#once('web', async () =>
      this.#started.use(
        await FileServer.start(
          {},
          ...['127.0.0.1', '256', '--web-root', root, '--web-extensions', 'bin', '--log-level', 'warning'],
          ...['--http-max-requests', '1000000'],
        ),
      ),
    );
  }

  /** A port that leads to `port`, so many ms away. */
  delayed(port: number, delay: number): Promise<Delayed> {
    return this.#once(`${port} ${delay}`, async () => this.#started.use(await Delayed.start(port, delay)));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#started.disposeAsync();
  }

  #subfolder(name: string): string {
    const path = join(this.folder, name);
    mkdirSync(path, { recursive: true });
    return path;
  }

  #once<Value>(key: string, start: () => Promise<Value>): Promise<Value> {
    const known = this.#known.get(key) as Promise<Value> | undefined;
    const value = known ?? start();
    this.#known.set(key, value);
    return value;
  }
}
