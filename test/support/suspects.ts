// What a running server's guard thinks of somebody: over control.sock, as `sesamed guard` has it.
import type { SuspectListing } from '../../src/guard/suspect-listing.ts';
import type { RunningServer } from './running-server.ts';
import { operate } from './operate.ts';

export async function suspects(server: RunningServer): Promise<SuspectListing[]> {
  return (await operate(server, { op: 'guard.ls' })) as SuspectListing[];
}

export async function suspect(server: RunningServer, who: string): Promise<SuspectListing | undefined> {
  return (await suspects(server)).find((one) => one.who === who);
}

export async function isBlocked(server: RunningServer, who: string): Promise<boolean> {
  return (await suspect(server, who))?.state === 'blocked';
}

/** 0 for who is not remembered. */
export async function scoreOf(server: RunningServer, who: string): Promise<number> {
  return (await suspect(server, who))?.score ?? 0;
}

export async function block(server: RunningServer, who: string, seconds = 600): Promise<void> {
  await operate(server, { op: 'guard.block', who, time: seconds * 1000, reason: null });
}

/** Does it until `who` is blocked. @returns how often that was */
export async function untilBlocked(
  server: RunningServer,
  who: string,
  offence: () => Promise<unknown>,
): Promise<number> {
  for (let times = 1; times <= 40; times++) {
    await offence();
    if (await isBlocked(server, who)) return times;
  }
  throw new Error(`40 times, and ${who} is not blocked`);
}
