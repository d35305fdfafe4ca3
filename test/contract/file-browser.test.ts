import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Database } from '../../src/storage/database.ts';
import { ThreadedFileBrowser } from '../../src/storage/file-browser.ts';
import { FastFolder } from '../support/fast-folder.ts';
import { outcome } from '../support/outcome.ts';
import { fileBrowserContract, type BrowsedTables } from './file-browser.ts';
import { ISSUER } from './tables.ts';

const folder = await FastFolder.create();
afterAll(() => folder[Symbol.asyncDispose]());

let databases = 0;

async function open(): Promise<BrowsedTables> {
  databases += 1;
  const file = join(folder.path, `${databases}.db`);
  const database = await Database.open(file, ISSUER);
  const browser = await ThreadedFileBrowser.open(file);
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
    browser,
    [Symbol.asyncDispose]: async () => {
      await browser[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
      await rm(file);
    },
  };
}

fileBrowserContract(open);

it('a browser makes no database where none is', async () => {
  expect(await outcome(ThreadedFileBrowser.open(join(folder.path, 'none.db')))).toBe('storage-failed');
});
