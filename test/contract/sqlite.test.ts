import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { Database } from '../../src/storage/database.ts';
import { FastFolder } from '../support/fast-folder.ts';
import { clientDirectoryContract } from './client-directory.ts';
import { fileLedgerContract } from './file-ledger.ts';
import type { Tables } from './tables.ts';

const folder = await FastFolder.create();
afterAll(() => folder[Symbol.asyncDispose]());

let databases = 0;

async function open(): Promise<Tables> {
  databases += 1;
  const file = join(folder.path, `${databases}.db`);
  const database = await Database.open(file);
  return {
    directory: database.clients,
    ledger: database.files,
    [Symbol.asyncDispose]: async () => {
      await database[Symbol.asyncDispose]();
      await rm(file);
    },
  };
}

clientDirectoryContract(open);
fileLedgerContract(open);
