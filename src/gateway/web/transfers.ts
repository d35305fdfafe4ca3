import { signal, type Signal } from '@preact/signals';
import type { EndedTransfer, LiveEvents, Transfer } from '../api-types.ts';

/** A transfer under way: a row subscribes to its own, and the list only to who is in it. */
export type LiveTransfer = Signal<Transfer>;

/** Those under way, in the server's order; undefined before the first event. */
export const active = signal<readonly LiveTransfer[] | undefined>(undefined);

/** How many more there are than are listed. */
export const hidden = signal(0);

/** The newest that have ended. */
export const recent = signal<readonly EndedTransfer[]>([]);

let known = new Map<string, LiveTransfer>();

/** Takes one event over. Each second there are up to 500 transfers in it: the list changes only where it must. */
export function showTransfers(event: LiveEvents['transfers']): void {
  const next = new Map<string, LiveTransfer>();
  for (const transfer of event.active) {
    const row = known.get(transfer.id) ?? signal(transfer);
    row.value = transfer;
    next.set(transfer.id, row);
  }
  known = next;
  const rows = [...next.values()];
  if (!isSame(rows, active.peek())) active.value = rows;
  hidden.value = event.hidden;
  if (event.recent[0]?.id !== recent.peek()[0]?.id || event.recent.length !== recent.peek().length) {
    recent.value = event.recent;
  }
}

function isSame(rows: readonly LiveTransfer[], before: readonly LiveTransfer[] | undefined): boolean {
  return before?.length === rows.length && before.every((row, index) => row === rows[index]);
}
