import type { Guard } from './guard.ts';

/** What becomes of a new connection. */
export type Entry = 'open' | 'blocked' | 'shut';

/** What stands before every listener: the guard, which knows strangers that misbehaved, and the gate. */
export interface Doors {
  readonly guard: Guard;
  readonly gate: { admits(address: string): boolean };
}

/** Before a byte of it is read. */
export function entryOf({ guard, gate }: Doors, address: string): Entry {
  // Shut is shut for everybody alike: who is blocked learns nothing.
  if (!gate.admits(address)) return 'shut';
  return guard.refuses(guard.sourceOf(address)) > 0 ? 'blocked' : 'open';
}
