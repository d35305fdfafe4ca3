import type { AccessTokens } from '../accounts/access-tokens.ts';
import type { People } from '../accounts/people.ts';
import type { AuditLog } from '../accounts/ports.ts';
import type { Activity } from '../transfer/activity.ts';
import type { FileBrowser } from '../transfer/browse-ports.ts';
import type { LargeFileReceiver } from '../transfer/large-file-receiver.ts';
import type { MachineRegistrar } from '../transfer/machine-registrar.ts';
import type { PolicyDesk } from '../transfer/policy-desk.ts';
import type { ClientDirectory } from '../transfer/ports.ts';
import type { RateKeeper } from '../transfer/rate-keeper.ts';
import type { SessionRegistry } from '../transfer/session-registry.ts';
import type { WatchReportStore } from '../transfer/watch-ports.ts';
import type { StoredFiles } from '../transfer/stored-files.ts';
import type { GateDesk } from '../gate/gate-desk.ts';
import type { GuardDesk } from '../guard/guard-desk.ts';
import type { Setting } from './api-types.ts';
import type { TurnedAway } from './door-metrics.ts';

/** Bytes of the file system that the data folder is on. */
export interface DiskState {
  readonly total: number;
  readonly free: number;
}

/** Connections of the transfer port. */
export interface TransferConnections {
  readonly open: { readonly v3: number; readonly v4: number };
  readonly total: { readonly v3: number; readonly v4: number };
  readonly refused: TurnedAway;
}

/** The server behind the console and the API: all that the routes work with. */
export interface ConsoleParts {
  readonly people: People;
  readonly tokens: AccessTokens;
  readonly audit: AuditLog;
  readonly clients: ClientDirectory;
  readonly registrar: MachineRegistrar;
  readonly registry: SessionRegistry;
  readonly watchReports: Pick<WatchReportStore, 'list' | 'totals'>;
  readonly browser: FileBrowser;
  readonly files: StoredFiles;
  readonly uploads: LargeFileReceiver;
  readonly activity: Activity;
  readonly guard: GuardDesk;
  readonly gate: GateDesk;
  readonly policies: PolicyDesk;
  readonly rates: RateKeeper;
  readonly connections: () => TransferConnections;
  readonly disk: () => Promise<DiskState>;
  readonly version: string;
  readonly pin: string;
  /** `HOST:PORT` for join lines. */
  readonly address: string;
  readonly transferAddresses: readonly string[];
  /** As they are just now. */
  readonly settings: () => readonly Setting[];
}
