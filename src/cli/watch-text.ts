import { HOUR, SECOND } from '../base/clock.ts';
import { escapeForDisplay, formatBytes } from '../base/format.ts';
import type { ClientListing } from '../control/operations.ts';
import { formatSeconds } from './duration.ts';

/** A report that is older says little about now (FLEET.md 3), ms. */
const OLD = HOUR;

/** What a client says it has yet to send: `3 files, 4.0 KiB, 1 failing (12 s ago)`. @param now ms since 1970 */
export function waitingAt(watch: ClientListing['watch'], now: number): string {
  if (!watch) return '';
  const age = Math.max(0, now - Date.parse(watch.reported));
  const when = `${formatSeconds(Math.ceil(age / SECOND))} ago${age > OLD ? ': old' : ''}`;
  if (watch.files === 0) return `nothing (${when})`;
  const what = [`${watch.files} ${watch.files === 1 ? 'file' : 'files'}`, formatBytes(watch.bytes)];
  if (watch.failing > 0) what.push(`${watch.failing} failing`);
  return `${what.join(', ')} (${when})`;
}

/** The words of its newest failure, where it has one. */
export function whyAt({ name, watch }: ClientListing): readonly string[] {
  if (!watch || watch.why === '') return [];
  return [`${escapeForDisplay(name)}: ${escapeForDisplay(watch.why)}`];
}
