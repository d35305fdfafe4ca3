// `sesame watch` as a process that goes on, and what it says.
import { eventsOf, type ClientEvent } from './native-client.ts';
import type { Ending, Program, ProgramOptions } from './program.ts';
import { listClients } from './sesamed.ts';
import type { RunningServer } from './running-server.ts';
import type { V4Folder } from './v4-folder.ts';
import { until } from './waiting.ts';

/** As quick as a test wants it, where it says nothing else. */
const QUICKLY = ['--settle', '0.2'];
const LIMIT = 300_000;

export class Watching implements AsyncDisposable {
  readonly program: Program;

  constructor(program: Program) {
    this.program = program;
  }

  /** `sesame watch --json`, and resolves when its watches stand. */
  static async start(folder: V4Folder, args: readonly string[], options?: ProgramOptions): Promise<Watching> {
    const watching = Watching.begin(folder, args, options);
    await watching.says('it watches', ({ event }) => event === 'watching');
    return watching;
  }

  static begin(folder: V4Folder, args: readonly string[], options: ProgramOptions = {}): Watching {
    const pace = args.includes('--settle') ? [] : QUICKLY;
    return new Watching(folder.program(['watch', '--json', ...pace, ...args], { limit: LIMIT, ...options }));
  }

  get events(): readonly ClientEvent[] {
    return eventsOf(this.program.stdout);
  }

  /** The paths of the files that were acknowledged, in the order in which they were. */
  get acknowledged(): readonly string[] {
    return this.events.filter(({ status }) => status === 'acknowledged').map(({ path = '' }) => path);
  }

  /** Resolves when so many events are like that. */
  async says(what: string, is: (event: ClientEvent) => boolean, times = 1): Promise<void> {
    await this.program.says(what, () => this.events.filter(is).length >= times);
  }

  async sends(path: string, times = 1): Promise<void> {
    await this.says(
      `${path} is sent`,
      (event) => event.status === 'acknowledged' && event.path === path,
      times,
    );
  }

  stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ending> {
    return this.program.stop(signal);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.program[Symbol.asyncDispose]();
  }
}

/** How many versions the server has a receipt for. */
export async function receiptsOf(server: RunningServer, client: string): Promise<number> {
  const listed = (await listClients(server.dataDir)).find(({ name }) => name === client);
  return listed?.receipts ?? 0;
}

/** What `sesame status --offline --json` says of the outbox. */
export interface OutboxStatus {
  readonly running: boolean;
  readonly files: number;
  readonly bytes: number;
  readonly failed: number;
  readonly leaving: number;
  readonly parked: number;
  readonly since_ms?: number;
  readonly newest_failure?: string;
  readonly last_sent_ms?: number;
  readonly next_attempt_ms?: number;
  readonly code?: string;
  readonly reason?: string;
}

export async function outboxOf(folder: V4Folder): Promise<OutboxStatus> {
  const { stdout, stderr } = await folder.sesame('status', '--offline', '--json');
  const status = eventsOf(stdout)[0] as { outbox?: OutboxStatus } | undefined;
  if (!status?.outbox) throw new Error(`no outbox: ${stdout}${stderr}`);
  return status.outbox;
}

/** Resolves when nothing waits. */
export async function nothingWaits(folder: V4Folder, limit = 30_000): Promise<void> {
  await until('nothing waits', async () => (await outboxOf(folder)).files === 0, limit);
}
