import type { Clock } from '../base/clock.ts';
import { SesameError } from '../base/errors.ts';
import { joinLine } from '../transfer/join-line.ts';
import { policyChangeText, type PolicyDesk } from '../transfer/policy-desk.ts';
import type { ClientDirectory, ClientSummary } from '../transfer/ports.ts';
import { amountOf } from '../transfer/policy.ts';
import { clientNameKey } from '../transfer/storage-path.ts';
import { watchListings, type WatchListing } from '../transfer/watch-listing.ts';
import type { WatchReportStore } from '../transfer/watch-ports.ts';
import type { Catalogue } from '../transfer/upload-ports.ts';
import { carryOutOnDoors, type DoorOperator, type DoorRequest } from './door-operations.ts';
import { carryOutOnAccounts, type AccountOperator } from './account-operations.ts';
import { carryOutOnJoins, fleetId, type JoiningRequest, type JoinOperator } from './join-operations.ts';
import type { ControlRequest } from './control-protocol.ts';
import { carryOutOnPolicies, type PolicyRequest } from './policy-operations.ts';
import { fileListing, type FileListing, type FoundFile } from './file-listing.ts';

/** What an operation works with: the parts of a running server, or of a folder where none runs. */
export interface Operator extends AccountOperator, JoinOperator {
  /** Has the server read its settings again. @returns what came of it */
  readonly reload: () => Promise<unknown>;
  /** Asked for where it is needed: what is kept of them is read then. */
  readonly doors: () => Promise<DoorOperator>;
  readonly policies: PolicyDesk;
  readonly clients: ClientDirectory;
  readonly catalogue: Catalogue;
  readonly watchReports: Pick<WatchReportStore, 'list'>;
  /** Resolves when a file that was acknowledged stands at its place; with false where only a start can see to that. */
  readonly settled: (clientName: string, path: string) => Promise<boolean>;
  readonly clock: Clock;
  /** Raw Ed25519, 32 bytes. */
  readonly receiptKey: Uint8Array;
  /** Where files stand, one folder per client. */
  readonly filesFolder: string;
}

/** A client as `sesamed clients ls` shows it; also its JSON. Times are ISO 8601. */
export interface ClientListing {
  readonly name: string;
  readonly id: string;
  readonly protocol: 3 | 4;
  readonly state: 'joined' | 'revoked' | 'keyed' | 'registered';
  /** `fleet:N`: the fleet line that it joined by, also when that is gone; null where it joined otherwise. */
  readonly joined_by: string | null;
  readonly registered: string;
  readonly last_seen: string;
  readonly crc: string;
  /** The number of the newest one. */
  readonly receipts: number;
  readonly files: number;
  readonly bytes: number;
  /** What its watcher says that it has yet to send; null where none ever told. */
  readonly watch: WatchListing | null;
  /** Null where there is none. */
  readonly quota: { readonly bytes: number | null; readonly files: number | null };
}

/** What tools need to check a server's work. */
export interface ServerInfo {
  readonly pin: string;
  /** Raw Ed25519 in base64. */
  readonly receipt_key: string;
  readonly files_folder: string;
}

export interface ReceiptListing {
  readonly seq: number;
  readonly text: string;
  /** An SSHSIG blob in base64. */
  readonly signature: string;
}

/**
 * What an operator can ask for, of a running server or of the folder itself. What changes something is in the audit trail
 * before it is answered.
 */
export async function carryOut(request: ControlRequest, operator: Operator): Promise<unknown> {
  const value = await perform(request, operator);
  const deed = deedOf(request);
  if (deed) {
    const where = { actor: 'local', address: null, outcome: 'done', detail: null } as const;
    await operator.audit.record({ time: operator.clock.now(), ...where, ...deed });
  }
  return value;
}

/** @returns undefined for what changes nothing */
function deedOf(
  request: ControlRequest,
): { readonly action: string; readonly target: string; readonly detail?: string } | undefined {
  switch (request.op) {
    case 'clients.reset':
      return { action: 'client.reset', target: request.name };
    case 'clients.revoke':
      return { action: 'client.revoke', target: request.name };
    case 'enroll':
      return { action: 'client.enroll', target: request.name };
    case 'joins.approve':
      return { action: 'client.approve', target: request.as ?? request.name, detail: request.fingerprint };
    case 'joins.deny':
      return { action: 'client.deny', target: request.name, detail: request.fingerprint };
    case 'joins.enroll':
      return { action: 'fleet-line.add', target: request.pattern, detail: `${request.uses} uses` };
    case 'joins.revoke':
      return { action: 'fleet-line.revoke', target: request.id };
    case 'joins.rm':
      return { action: 'join-line.drop', target: request.id };
    case 'users.add':
      return { action: 'user.add', target: request.name, detail: request.role };
    case 'users.link':
      return { action: 'user.link', target: request.name };
    case 'users.rm':
      return { action: 'user.remove', target: request.name };
    case 'tokens.add':
      return { action: 'token.add', target: request.client };
    case 'tokens.rm':
      return { action: 'token.remove', target: String(request.id) };
    case 'guard.block':
      return {
        action: 'guard.block',
        target: request.who,
        ...(request.reason !== null && { detail: request.reason }),
      };
    case 'guard.unblock':
      return { action: 'guard.unblock', target: request.who };
    case 'guard.pin':
      return { action: 'guard.pin', target: '' };
    case 'gate.open':
      return { action: 'gate.open', target: request.address };
    case 'gate.close':
      return { action: 'gate.close', target: request.address };
    case 'policies.set':
      return {
        action: 'policy.set',
        target: request.pattern,
        detail: policyChangeText(request.policy, request.unset),
      };
    case 'policies.rm':
      return { action: 'policy.remove', target: request.pattern };
    default:
      return undefined;
  }
}

async function perform(request: ControlRequest, operator: Operator): Promise<unknown> {
  const { clients, registrar, catalogue } = operator;
  switch (request.op) {
    case 'clients.ls':
      return listClients(operator);
    case 'clients.reset':
      if (await clients.reset(clientNameKey(request.name))) return { reset: request.name };
      throw noClient(request.name, 'that speaks v3 ');
    case 'clients.revoke':
      if (await registrar.revoke(request.name)) return { revoked: request.name };
      throw noClient(request.name, 'that joined by v4 ');
    case 'enroll':
      return enrol(request, operator);
    case 'files.ls':
      return listFiles(request, operator);
    case 'server.info':
      return {
        pin: operator.serverPin,
        receipt_key: Buffer.from(operator.receiptKey).toString('base64'),
        files_folder: operator.filesFolder,
      } satisfies ServerInfo;
    case 'server.reload':
      return operator.reload();
    case 'receipts.ls': {
      const found = await catalogue.receipts(clientNameKey(request.client), request.after, request.limit);
      return found.map(({ seq, receipt, signature }): ReceiptListing => ({
        seq,
        text: Buffer.from(receipt).toString(),
        signature: Buffer.from(signature).toString('base64'),
      }));
    }
    case 'files.find': {
      const found = await catalogue.find(clientNameKey(request.client), request.path);
      if (!found) {
        throw new SesameError(
          'not-found',
          `no file "${request.path}" of ${request.client}: sesamed files ls shows them`,
        );
      }
      const settled = await operator.settled(found.clientName, found.path);
      return { ...fileListing(found), files_folder: operator.filesFolder, settled } satisfies FoundFile;
    }
    default:
      if (isOfDoors(request)) return carryOutOnDoors(request, await operator.doors());
      if (isOfJoining(request)) return carryOutOnJoins(request, operator);
      if (isOfPolicies(request)) return carryOutOnPolicies(request, operator.policies);
      return carryOutOnAccounts(request, operator);
  }
}

async function listClients({ clients, watchReports, policies }: Operator): Promise<readonly ClientListing[]> {
  const [all, watches] = await Promise.all([clients.list(), watchListings(watchReports)]);
  return all.map((client) => ({ ...toListing(client, policies), watch: watches.get(client.row) ?? null }));
}

/** A name that is mistyped must not look like a client without files. */
async function listFiles(
  { client, path, after, limit }: Extract<ControlRequest, { op: 'files.ls' }>,
  { clients, catalogue }: Operator,
): Promise<readonly FileListing[]> {
  const nameKey = client === null ? null : clientNameKey(client);
  const found = await catalogue.list(nameKey, path, after, limit);
  if (found.length === 0 && after === null && client !== null) {
    if (!(await clients.list()).some(({ name }) => clientNameKey(name) === nameKey)) throw noClient(client);
    if (path !== '') throw new SesameError('not-found', `no file of ${client} is at or below "${path}"`);
  }
  return found.map(fileListing);
}

async function enrol(
  { name, writeOnly, lifetime, address: wanted }: Extract<ControlRequest, { op: 'enroll' }>,
  { registrar, address, serverPin }: Operator,
): Promise<unknown> {
  const token = await registrar.enrol(name, { writeOnly, lifetime });
  return { name, line: joinLine(wanted ?? address, token, serverPin), expires_in_seconds: lifetime / 1000 };
}

function noClient(name: string, which = ''): SesameError {
  return new SesameError(
    'not-found',
    `no client ${which}is called "${name}": sesamed clients ls shows them all`,
  );
}

function toListing(client: ClientSummary, { book }: PolicyDesk): Omit<ClientListing, 'watch'> {
  const { maxBytes, maxFiles } = book.limitsOf(client.name).storage;
  return {
    name: client.name,
    id: Buffer.from(client.id).toString('hex'),
    protocol: client.machine ? 4 : 3,
    state: client.machine ?? (client.hasKey ? 'keyed' : 'registered'),
    joined_by: client.joinedBy === null ? null : fleetId(client.joinedBy),
    registered: new Date(client.registeredAt).toISOString(),
    last_seen: new Date(client.lastSeenAt).toISOString(),
    crc: client.crc,
    receipts: client.receipts,
    files: client.verifiedFiles,
    bytes: client.verifiedBytes,
    quota: { bytes: amountOf(maxBytes), files: amountOf(maxFiles) },
  };
}

function isOfJoining(request: ControlRequest): request is JoiningRequest {
  return request.op.startsWith('joins.');
}

function isOfPolicies(request: ControlRequest): request is PolicyRequest {
  return request.op.startsWith('policies.');
}

function isOfDoors(request: ControlRequest): request is DoorRequest {
  return /^(guard|gate)\./.test(request.op);
}
