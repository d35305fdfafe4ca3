import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { Database } from '../../src/storage/database.ts';
import { FastFolder } from '../support/fast-folder.ts';
import { clientDirectoryContract } from './client-directory.ts';
import { deletionLedgerContract } from './deletion-ledger.ts';
import { fileLedgerContract } from './file-ledger.ts';
import { fleetLinesContract } from './fleet-lines.ts';
import { joinRequestsContract } from './join-requests.ts';
import { journaledCommitsContract } from './journaled-commits.ts';
import { machineDirectoryContract } from './machine-directory.ts';
import { policyStoreContract } from './policy-store.ts';
import { quotasContract } from './quotas.ts';
import { ISSUER, type Tables } from './tables.ts';
import { uploadLedgerContract } from './upload-ledger.ts';
import { watchReportsContract } from './watch-reports.ts';

const folder = await FastFolder.create();
afterAll(() => folder[Symbol.asyncDispose]());

let databases = 0;

async function open(): Promise<Tables> {
  databases += 1;
  const file = join(folder.path, `${databases}.db`);
  const database = await Database.open(file, ISSUER);
  return {
    directory: database.clients,
    ledger: database.files,
    machines: database.machines,
    uploads: database.uploads,
    deletions: database.deletions,
    requests: database.joinRequests,
    fleet: database.fleetLines,
    watchReports: database.watchReports,
    knocks: database.knocks,
    journal: database.journal,
    policies: database.policies,
    [Symbol.asyncDispose]: async () => {
      await database[Symbol.asyncDispose]();
      await rm(file);
    },
  };
}

clientDirectoryContract(open);
deletionLedgerContract(open);
fileLedgerContract(open);
machineDirectoryContract(open);
joinRequestsContract(open);
fleetLinesContract(open);
watchReportsContract(open);
uploadLedgerContract(open);
quotasContract(open);
policyStoreContract(open);
journaledCommitsContract(open);
