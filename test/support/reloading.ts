// A server whose settings stand in a file that a test writes again.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReloadReport } from '../../src/reload.ts';
import { operate } from './operate.ts';
import { RunningServer, TemporaryFolder } from './running-server.ts';
import { until } from './waiting.ts';

export class ReloadingServer implements AsyncDisposable {
  readonly server: RunningServer;
  readonly folder: TemporaryFolder;

  private constructor(server: RunningServer, folder: TemporaryFolder) {
    this.server = server;
    this.folder = folder;
  }

  static async start(toml: string, ...args: string[]): Promise<ReloadingServer> {
    const folder = await TemporaryFolder.create();
    await writeFile(join(folder.path, 'sesame.toml'), toml);
    const config = ['--config', join(folder.path, 'sesame.toml')];
    return new ReloadingServer(await RunningServer.start(...config, ...args), folder);
  }

  get config(): string {
    return join(this.folder.path, 'sesame.toml');
  }

  /** Writes the file and has the server read it. */
  async reload(toml: string): Promise<ReloadReport> {
    await writeFile(this.config, toml);
    return (await operate(this.server, { op: 'server.reload' })) as ReloadReport;
  }

  /** By the signal. Resolves when the log says how it went. */
  async hangUp(toml: string): Promise<void> {
    await writeFile(this.config, toml);
    const before = this.server.stderr.length;
    process.kill(this.server.pid, 'SIGHUP');
    const said = /read the settings again|stays as it is/;
    await until('it is read', async () => said.test(this.server.stderr.slice(before)), 20_000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    await this.folder[Symbol.asyncDispose]();
  }
}
