import { type Clock, DAY } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { FileLedger, FileStore } from './ports.ts';
import { hasContent, publish } from './publish.ts';

/** How long a file waits for its sender to confirm it (PROTOCOL.md 1.4). */
export const PENDING_LIFETIME = 7 * DAY;

interface RecoveryParts {
  readonly ledger: FileLedger;
  readonly files: FileStore;
  readonly clock: Clock;
  readonly log: Logger;
}

/** At start, before the first connection: finish what a crash interrupted, and clear away what belongs to nobody. */
export async function recover(parts: RecoveryParts): Promise<void> {
  const { ledger, files, clock, log } = parts;
  for (const file of await ledger.listOpen()) {
    if (file.state !== 'publishing' || !hasContent(file)) continue;
    try {
      await publish(file, ledger, files, clock.now());
      log.info('finished what a crash interrupted', { client: file.clientName, path: file.path });
    } catch (error) {
      log.error('cannot finish an interrupted file', {
        client: file.clientName,
        path: file.path,
        why: messageOf(error),
      });
    }
  }
  await dropExpired(parts);

  const owned = new Set((await ledger.listOpen()).map((file) => file.temporaryName));
  for (const name of await files.listIncoming()) {
    if (owned.has(name)) continue;
    await files.removeIncoming(name);
    log.info('removed a leftover of an interrupted upload', { name });
  }
}

/** What nobody confirmed in time is dropped; also called now and then while the server runs. */
export async function dropExpired({ ledger, files, clock, log }: RecoveryParts): Promise<void> {
  const now = clock.now();
  for (const file of await ledger.listOpen()) {
    if (file.state === 'publishing' || file.receivedAt > now - PENDING_LIFETIME) continue;
    await ledger.recordFailed(file.row, now);
    if (hasContent(file)) await files.removeIncoming(file.temporaryName);
    log.info('dropped a file that its sender never confirmed', { client: file.clientName, path: file.path });
  }
}
