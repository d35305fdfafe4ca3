import { toStorageError } from '../base/errors.ts';
import { serveThread } from '../base/thread-call.ts';
import type { AccessTokensTable } from './access-tokens-table.ts';
import type { AuditTable } from './audit-table.ts';
import type { CatalogueTable } from './catalogue-table.ts';
import type { ClientsTable } from './clients-table.ts';
import { DatabaseManager } from './database-manager.ts';
import type { DeletionsTable } from './deletions-table.ts';
import type { FilesTable } from './files-table.ts';
import type { FleetLinesTable } from './fleet-lines-table.ts';
import type { ConflictPolicy } from '../transfer/upload-ports.ts';
import type { GuardTable } from './guard-table.ts';
import type { JoinRequestsTable } from './join-requests-table.ts';
import type { JournalMarksTable } from './journal-marks-table.ts';
import { packOutcomes, unpackFiles, type PackedFiles, type PackedOutcomes } from './journaled-batch.ts';
import type { KnocksTable } from './knocks-table.ts';
import type { MachinesTable } from './machines-table.ts';
import type { PeopleTable } from './people-table.ts';
import type { ReceiptIssuer } from './receipts-table.ts';
import type { UploadTransactions } from './upload-transactions.ts';
import type { WatchReportsTable } from './watch-reports-table.ts';

let manager: DatabaseManager | undefined;

/** The one writer of the database: calls are carried out one by one, in the order they come. */
const databaseThread = {
  open(file: string, issuer: ReceiptIssuer | undefined): void {
    manager = new DatabaseManager(file, issuer);
  },

  close(): void {
    manager?.[Symbol.dispose]();
    manager = undefined;
  },

  clients<K extends keyof ClientsTable>(method: K, args: Parameters<ClientsTable[K]>): unknown {
    return carryOut(method, opened().clients, args);
  },

  catalogue<K extends keyof CatalogueTable>(method: K, args: Parameters<CatalogueTable[K]>): unknown {
    return carryOut(method, opened().catalogue, args);
  },

  deletions<K extends keyof DeletionsTable>(method: K, args: Parameters<DeletionsTable[K]>): unknown {
    return carryOut(method, opened().deletions, args);
  },

  files<K extends keyof FilesTable>(method: K, args: Parameters<FilesTable[K]>): unknown {
    return carryOut(method, opened().files, args);
  },

  machines<K extends keyof MachinesTable>(method: K, args: Parameters<MachinesTable[K]>): unknown {
    return carryOut(method, opened().machines, args);
  },

  uploads<K extends keyof UploadTransactions>(method: K, args: Parameters<UploadTransactions[K]>): unknown {
    return carryOut(method, opened().uploads, args);
  },

  commitJournaled(files: PackedFiles, policy: ConflictPolicy, now: number): PackedOutcomes {
    const { uploads } = opened();
    try {
      return packOutcomes(uploads.commitJournaled(unpackFiles(files), policy, now));
    } catch (error) {
      throw toStorageError('database, commitJournaled', error);
    }
  },

  journal<K extends keyof JournalMarksTable>(method: K, args: Parameters<JournalMarksTable[K]>): unknown {
    return carryOut(method, opened().journal, args);
  },

  people<K extends keyof PeopleTable>(method: K, args: Parameters<PeopleTable[K]>): unknown {
    return carryOut(method, opened().people, args);
  },

  tokens<K extends keyof AccessTokensTable>(method: K, args: Parameters<AccessTokensTable[K]>): unknown {
    return carryOut(method, opened().tokens, args);
  },

  audit<K extends keyof AuditTable>(method: K, args: Parameters<AuditTable[K]>): unknown {
    return carryOut(method, opened().audit, args);
  },

  guard<K extends keyof GuardTable>(method: K, args: Parameters<GuardTable[K]>): unknown {
    return carryOut(method, opened().guard, args);
  },

  knocks<K extends keyof KnocksTable>(method: K, args: Parameters<KnocksTable[K]>): unknown {
    return carryOut(method, opened().knocks, args);
  },

  joinRequests<K extends keyof JoinRequestsTable>(
    method: K,
    args: Parameters<JoinRequestsTable[K]>,
  ): unknown {
    return carryOut(method, opened().joinRequests, args);
  },

  fleetLines<K extends keyof FleetLinesTable>(method: K, args: Parameters<FleetLinesTable[K]>): unknown {
    return carryOut(method, opened().fleetLines, args);
  },

  watchReports<K extends keyof WatchReportsTable>(
    method: K,
    args: Parameters<WatchReportsTable[K]>,
  ): unknown {
    return carryOut(method, opened().watchReports, args);
  },
};
export type DatabaseThreadApi = typeof databaseThread;

serveThread(databaseThread);

function opened(): DatabaseManager {
  if (!manager) throw new Error('the database is not open');
  return manager;
}

type Table =
  | AccessTokensTable
  | AuditTable
  | CatalogueTable
  | ClientsTable
  | FilesTable
  | FleetLinesTable
  | DeletionsTable
  | GuardTable
  | JoinRequestsTable
  | JournalMarksTable
  | KnocksTable
  | MachinesTable
  | PeopleTable
  | UploadTransactions
  | WatchReportsTable;

function carryOut<T extends Table>(method: keyof T & string, table: T, args: readonly unknown[]): unknown {
  try {
    const run = table[method] as (...args: readonly unknown[]) => unknown;
    return run.call(table, ...args);
  } catch (error) {
    throw toStorageError(`database, ${method}`, error);
  }
}
