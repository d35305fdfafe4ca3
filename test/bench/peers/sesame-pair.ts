import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { SESAME } from '../../support/native-client.ts';
import { plainEnvironment, RunningServer } from '../../support/running-server.ts';

const NAME = 'bench';

/** The compiled server, version 4 alone, and a client that has joined it. */
export class SesamePair implements AsyncDisposable {
  readonly #server: RunningServer;
  readonly environment: NodeJS.ProcessEnv;

  private constructor(server: RunningServer, environment: NodeJS.ProcessEnv) {
    this.#server = server;
    this.environment = environment;
  }

  static async start(folder: string): Promise<SesamePair> {
    const server = await RunningServer.start('--v3', 'off', '--idle-exit', '3600');
    const environment = {
      ...plainEnvironment(),
      XDG_CONFIG_HOME: join(folder, 'config'),
      XDG_STATE_HOME: join(folder, 'state'),
    };
    const enroll = ['enroll', `127.0.0.1:${server.port}`, '--trust', '--name', NAME];
    execFileSync(SESAME, enroll, { env: environment, stdio: ['ignore', 'ignore', 'inherit'] });
    return new SesamePair(server, environment);
  }

  get pid(): number {
    return this.#server.pid;
  }

  get port(): number {
    return this.#server.port;
  }

  /** Where the server keeps what the client stored below `to`. */
  folder(to: string): string {
    return this.#server.file(NAME, to);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop();
    await this.#server[Symbol.asyncDispose]();
  }
}
