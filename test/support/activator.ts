// `sesamed` as systemd would start it: on sockets that somebody else holds, with somebody to report to.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Program } from './program.ts';
import { MAIN, TemporaryFolder } from './running-server.ts';

const ACTIVATOR = fileURLToPath(new URL('activator.py', import.meta.url));

type Kind = 'tcp' | 'udp' | 'connected' | 'file';

export interface Activation {
  /** Name, kind, address; on any free port. */
  readonly sockets?: readonly (readonly [name: string, kind: Kind, host: string])[];
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Whether it has somebody to report to. */
  readonly notifies?: boolean;
}

interface Event {
  readonly event: 'bound' | 'notify' | 'exit';
  readonly ports?: readonly number[];
  readonly message?: string;
  readonly code?: number;
}

export class Activator implements AsyncDisposable {
  readonly folder: TemporaryFolder;
  readonly program: Program;

  private constructor(folder: TemporaryFolder, program: Program) {
    this.folder = folder;
    this.program = program;
  }

  static async start({
    sockets = [],
    args = [],
    env = {},
    notifies = false,
  }: Activation): Promise<Activator> {
    const folder = await TemporaryFolder.create();
    const plan = {
      sockets: sockets.map((socket) => [...socket, 0]),
      command: [process.execPath, MAIN, 'serve', '--data-dir', join(folder.path, 'data'), ...args],
      env,
      notify: notifies ? join(folder.path, 'notify') : null,
    };
    const program = new Program('python3', [ACTIVATOR, JSON.stringify(plan)], { cwd: folder.path });
    return new Activator(folder, program);
  }

  get dataDir(): string {
    return join(this.folder.path, 'data');
  }

  get events(): readonly Event[] {
    const lines = this.program.stdout.split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as Event);
  }

  /** What was reported, without the barriers between. */
  get messages(): readonly string[] {
    return this.events.flatMap(({ message = '' }) =>
      message === '' || message.startsWith('BARRIER') ? [] : [message],
    );
  }

  get exits(): readonly (number | undefined)[] {
    return this.events.filter(({ event }) => event === 'exit').map(({ code }) => code);
  }

  /** Of the sockets, in their order. */
  get ports(): readonly number[] {
    return this.events.find(({ event }) => event === 'bound')?.ports ?? [];
  }

  /** Resolves when the server has said so often where it listens. */
  async listening(times = 1): Promise<void> {
    const count = (): number => this.program.stderr.match(/^listening on/gm)?.length ?? 0;
    await this.program.says('it listens', () => count() >= times);
  }

  async reports(what: string): Promise<void> {
    await this.program.says(what, () => this.messages.some((message) => message.includes(what)));
  }

  /** Ends the server, in order. Resolves when it is gone; its sockets stay. */
  async stopServer(): Promise<void> {
    const before = this.exits.length;
    this.program.kill('SIGUSR1');
    await this.program.says('it is gone', () => this.exits.length > before);
  }

  startServer(): void {
    this.program.kill('SIGUSR2');
  }

  hangUp(): void {
    this.program.kill('SIGHUP');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.program.running) await this.program.stop('SIGTERM');
    await this.folder[Symbol.asyncDispose]();
  }
}
