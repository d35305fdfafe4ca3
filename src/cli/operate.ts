import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AccessTokens } from '../accounts/access-tokens.ts';
import { People } from '../accounts/people.ts';
import { systemClock } from '../base/clock.ts';
import { SesameError } from '../base/errors.ts';
import { noLogger } from '../base/logger.ts';
import type { Settings } from '../config/settings.ts';
import { askServer } from '../control/control-client.ts';
import type { ControlRequest } from '../control/control-protocol.ts';
import type { DoorOperator } from '../control/door-operations.ts';
import { carryOut } from '../control/operations.ts';
import { receiptPublicKey } from '../crypto/receipt-key.ts';
import { pinText, spkiHashOfPem } from '../crypto/pin.ts';
import { formatAddress } from '../server/listening.ts';
import { signInLink } from '../gateway/sign-in-link.ts';
import { GateDesk } from '../gate/gate-desk.ts';
import { startGuard } from '../guard-app.ts';
import { GuardDesk } from '../guard/guard-desk.ts';
import { isSound } from '../guard/suspect-row.ts';
import { DEFAULT_HTTP_PORT, DEFAULT_TRANSFER_PORT } from '../server/port-choice.ts';
import { controlSocketPath, DATABASE_FILE, DataFolder } from '../storage/data-folder.ts';
import { Database } from '../storage/database.ts';
import { MachineRegistrar } from '../transfer/machine-registrar.ts';
import { SessionRegistry } from '../transfer/session-registry.ts';

/** Asks the server that runs on a data folder, or does it on the folder itself where none runs. */
export async function operate(settings: Settings, request: ControlRequest): Promise<unknown> {
  const dataDir = settings['data-dir'];
  try {
    return await askServer(controlSocketPath(dataDir), request);
  } catch (error) {
    if (!(error instanceof SesameError) || error.code !== 'no-server') throw error;
  }
  if (!existsSync(join(dataDir, DATABASE_FILE))) {
    throw new SesameError('not-found', `${dataDir} is no data folder of a server: give it with --data-dir`);
  }
  using folder = new DataFolder(dataDir);
  const serverPin = pinText(spkiHashOfPem(await folder.serverIdentity()));
  await using database = await Database.open(folder.database);
  await using stack = new AsyncDisposableStack();
  if (request.op === 'guard.unblock' && (await forgetSenseless(request.who, database))) {
    return { forgotten: request.who };
  }
  return await carryOut(request, {
    doors: () => doorsOf(settings, database, stack),
    clients: database.clients,
    registrar: new MachineRegistrar({
      directory: database.machines,
      requests: database.joinRequests,
      fleetLines: database.fleetLines,
      sessions: new SessionRegistry(),
      clock: systemClock,
      log: noLogger,
      openJoining: 'nowhere',
    }),
    catalogue: database.catalogue,
    watchReports: database.watchReports,
    // What waits in the journal is placed by the next start; until a checkpoint, what does not is there too.
    settled: async (client, path) => {
      const waiting = await database.journal.list();
      return !waiting.some((file) => file.clientName === client && file.path === path);
    },
    clock: systemClock,
    people: new People(database.people, systemClock),
    tokens: new AccessTokens(database.tokens, systemClock),
    audit: database.audit,
    signInLink: (secret) =>
      signInLink(`http://127.0.0.1:${settings['http-port'] ?? DEFAULT_HTTP_PORT}`, secret),
    address: settings.advertise ?? addressOf(settings),
    serverPin,
    receiptKey: receiptPublicKey(await folder.receiptKey()),
    filesFolder: folder.files,
  });
}

/**
 * What makes no sense keeps a guard from starting (`guard-state`), and is forgotten without one: this row, whatever is
 * wrong with others.
 */
async function forgetSenseless(who: string, { guard: store, audit }: Database): Promise<boolean> {
  const row = (await store.suspects()).find((one) => one.who === who);
  if (!row || isSound(row)) return false;
  await store.saveSuspects([], [who]);
  const entry = {
    actor: 'sesamed',
    address: null,
    action: 'guard.unblock',
    target: who,
    detail: null,
  } as const;
  await audit.record({ time: systemClock.now(), ...entry, outcome: 'done' });
  return true;
}

async function doorsOf(
  settings: Settings,
  { guard: store, audit }: Database,
  stack: AsyncDisposableStack,
): Promise<DoorOperator> {
  const options = {
    settings,
    store,
    audit,
    clock: systemClock,
    loggers: () => noLogger,
    tell: () => undefined,
  };
  return {
    guard: new GuardDesk(await startGuard(options, stack)),
    gate: new GateDesk({ keeper: () => null, port: () => null, openTime: 0, clock: systemClock }),
  };
}

/** Where a server with these settings will listen. */
function addressOf({ host = '127.0.0.1', port = DEFAULT_TRANSFER_PORT }: Settings): string {
  return formatAddress({ address: host, family: host.includes(':') ? 'IPv6' : 'IPv4', port });
}
