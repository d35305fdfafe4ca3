// Machines that ask to join: the real client that waits, and the operator who decides.
import { eventsOf, type ClientEvent } from './native-client.ts';
import { operate } from './operate.ts';
import type { Program } from './program.ts';
import type { RunningServer } from './running-server.ts';
import type { V4Folder } from './v4-folder.ts';

export interface Asking {
  readonly name: string;
  readonly fingerprint: string;
  readonly address: string;
  readonly denied: string | null;
}

/** Who asks, over control.sock. */
export async function askingAt(server: RunningServer): Promise<readonly Asking[]> {
  return ((await operate(server, { op: 'joins.ls' })) as { requests: readonly Asking[] }).requests;
}

export async function approve(
  server: RunningServer,
  { name, fingerprint }: Pick<Asking, 'name' | 'fingerprint'>,
): Promise<void> {
  await operate(server, { op: 'joins.approve', name, fingerprint, as: null, writeOnly: false });
}

/** `sesame enroll HOST --trust --json`, which waits for the operator. */
export function startAsking(folder: V4Folder, server: RunningServer, ...args: string[]): Program {
  return folder.program(['enroll', `127.0.0.1:${server.port}`, '--trust', '--json', ...args]);
}

/** What it says as soon as it waits. */
export async function waits(
  asking: Program,
): Promise<ClientEvent & { readonly fingerprint: string; readonly pin: string }> {
  const found = (): ClientEvent | undefined =>
    eventsOf(asking.stdout).find(({ event }) => event === 'awaiting-approval');
  await asking.says('it waits for the operator', () => found() !== undefined);
  return found() as ClientEvent & { readonly fingerprint: string; readonly pin: string };
}
