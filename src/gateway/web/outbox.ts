import type { Watch } from '../client-types.ts';
import { countOf, formatBytes } from './format.ts';

/** A report that is older says little about now: watchers tell every 15 minutes. */
const OLD_MS = 3_600_000;

/** Whether a machine has not told for long. @param now ms since 1970 */
export function isSilent({ reported }: Watch, now: number): boolean {
  return now - new Date(reported).getTime() > OLD_MS;
}

/** `3 files, 4.0 KiB`. */
export function waitingText({ files, bytes }: Watch): string {
  return files === 0 ? 'nothing' : `${countOf(files, 'file')}, ${formatBytes(bytes)}`;
}
