import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { FileLedger, FileStore } from './ports.ts';
import { hasContent, publish } from './publish.ts';
import type { UploadLedger, UploadStore } from './upload-ports.ts';

interface RecoveryParts {
  readonly ledger: FileLedger;
  readonly uploads: Pick<UploadLedger, 'listUploads' | 'listIntended' | 'park'>;
  readonly store: Pick<UploadStore, 'sizeOf'>;
  readonly files: FileStore;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * At start, before the first connection: finishes what a crash interrupted, and clears away what belongs to nobody.
 * What cannot be finished or cleared is logged, and does not keep the server from starting.
 */
export async function recover(parts: RecoveryParts): Promise<void> {
  await finishInterrupted(parts);
  await removeLeftovers(parts);
  await restoreClaims(parts);
}

/** Who claimed more than came is gone: what is there is what counts. */
async function restoreClaims({ uploads, store }: RecoveryParts): Promise<void> {
  const parked = [];
  for (const { row, temporaryName } of await uploads.listUploads()) {
    parked.push({ row, came: (await store.sizeOf(temporaryName)) ?? 0 });
  }
  await uploads.park(parked);
}

async function finishInterrupted({ ledger, files, clock, log }: RecoveryParts): Promise<void> {
  for (const file of await ledger.listOpen()) {
    if (file.state !== 'publishing' || !hasContent(file)) continue;
    const what = { client: file.clientName, path: file.path };
    try {
      await publish(file, ledger, files, clock.now());
      log.info('finished what a crash interrupted', what);
    } catch (error) {
      log.error('cannot finish an interrupted file', { ...what, why: messageOf(error) });
    }
  }
}

async function removeLeftovers({ ledger, uploads, files, log }: RecoveryParts): Promise<void> {
  const owners = [
    ...(await ledger.listOpen()),
    ...(await uploads.listUploads()),
    ...(await uploads.listIntended()),
  ];
  const owned = new Set(owners.map((file) => file.temporaryName));
  for (const name of await files.listIncoming()) {
    if (owned.has(name)) continue;
    try {
      await files.removeIncoming(name);
      log.info('removed a leftover of an interrupted upload', { name });
    } catch (error) {
      log.error('cannot remove a leftover from incoming/', { name, why: messageOf(error) });
    }
  }
}
