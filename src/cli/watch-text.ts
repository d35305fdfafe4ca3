import { SECOND } from '../base/clock.ts';
import { escapeForDisplay, formatBytes } from '../base/format.ts';
import type { ClientListing } from '../control/operations.ts';
import { OLD_REPORT } from '../transfer/watch-ports.ts';
import { formatSeconds } from './duration.ts';

/** What a client says it has yet to send: `3 files, 4.0 KiB, 1 failing (12 s ago)`. @param now ms since 1970 */
export function waitingAt(watch: ClientListing['watch'], now: number): string {
  if (!watch) return '';
  const age = Math.max(0, now - Date.parse(watch.reported));
  const when = `${formatSeconds(Math.ceil(age / SECOND))} ago${age > OLD_REPORT ? ': old' : ''}`;
  const files = [`${watch.files} ${watch.files === 1 ? 'file' : 'files'}`, formatBytes(watch.bytes)];
  const what = watch.files === 0 ? ['nothing'] : files;
  if (watch.failing > 0) what.push(`${watch.failing} failing`);
  return `${what.join(', ')} (${when})`;
}

/** Its words on what is wrong, where something is. */
export function whyAt({ name, watch }: ClientListing): readonly string[] {
  if (!watch || watch.why === '') return [];
  return [`${escapeForDisplay(name)}: ${escapeForDisplay(watch.why)}`];
}
