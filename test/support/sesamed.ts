// `sesamed` with any arguments: its sub-commands, and starts that RunningServer has no words for.
import { HAS_IPV6 } from './network.ts';
import { Program, type Ending, type ProgramOptions } from './program.ts';
import { MAIN } from './running-server.ts';

/** A line of `sesamed clients ls --json`. */
export interface ListedClient {
  readonly name: string;
  readonly id: string;
  readonly protocol: 3 | 4;
  readonly state: 'joined' | 'revoked' | 'keyed' | 'registered';
  readonly joined_by: string | null;
  readonly registered: string;
  readonly last_seen: string;
  readonly crc: string;
  readonly receipts: number;
  readonly files: number;
  readonly bytes: number;
  /** What its watcher has yet to send. */
  readonly watch: {
    readonly files: number;
    readonly bytes: number;
    readonly failing: number;
    readonly why: string;
  } | null;
  readonly quota: { readonly bytes: number | null; readonly files: number | null };
}

export function startSesamed(args: readonly string[], options: ProgramOptions = {}): Program {
  return new Program(process.execPath, [MAIN, ...args], options);
}

export function sesamed(args: readonly string[], options: ProgramOptions = {}): Promise<Ending> {
  return Program.run(process.execPath, [MAIN, ...args], options);
}

/** The clients of the server on this data folder, whether it runs or not. */
export async function listClients(dataDir: string): Promise<ListedClient[]> {
  const { code, stdout, stderr } = await sesamed(['clients', 'ls', '--json', '--data-dir', dataDir]);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as ListedClient[];
}

/** What a server without --host says first. */
export function listening(port: number): string {
  return `listening on 127.0.0.1:${port}${HAS_IPV6 ? ` and [::1]:${port}` : ''}`;
}

/** The first line on stderr of a server without a gateway that runs in this folder for the time being. */
export async function firstLine(cwd: string, ...args: string[]): Promise<string> {
  await using server = startSesamed(['serve', '--no-http', ...args], { cwd });
  await server.says('where it listens', () => server.stderr.includes('\n'));
  return server.stderr.split('\n')[0] ?? '';
}
