import { once } from 'node:events';
import { existsSync, linkSync, mkdirSync, mkdtempDisposableSync, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AccessTokens } from '../../../src/accounts/access-tokens.ts';
import { People } from '../../../src/accounts/people.ts';
import { SesameError } from '../../../src/base/errors.ts';
import { noLogger } from '../../../src/base/logger.ts';
import { askServer } from '../../../src/control/control-client.ts';
import type { ControlRequest } from '../../../src/control/control-protocol.ts';
import { ControlServer } from '../../../src/control/control-server.ts';
import type { Operator } from '../../../src/control/operations.ts';
import { MachineRegistrar } from '../../../src/transfer/machine-registrar.ts';
import type { ClientDirectory, ClientSummary } from '../../../src/transfer/ports.ts';
import { SessionRegistry } from '../../../src/transfer/session-registry.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { outcome } from '../../support/outcome.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';
import { memoryStore, somePolicies } from '../../support/policies.ts';
import { PolicyDesk } from '../../../src/transfer/policy-desk.ts';

const ADA: ClientSummary = {
  row: 1,
  id: Buffer.alloc(16, 0xab),
  name: 'Ada',
  machine: null,
  joinedBy: null,
  hasKey: true,
  writeOnly: false,
  keyless: false,
  registeredAt: Date.UTC(2030, 0, 1),
  lastSeenAt: Date.UTC(2030, 0, 2),
  crc: 'zlib-ciphertext',
  receipts: 0,
  verifiedFiles: 2,
  verifiedBytes: 300,
};

const unused = async (): Promise<never> => expect.fail('no operator asks for this');
const directory = (clients: Partial<ClientDirectory> = {}): ClientDirectory => ({
  register: unused,
  find: unused,
  findByName: unused,
  bindKey: unused,
  startSession: unused,
  saveDialect: unused,
  forgetDead: unused,
  reset: async (nameKey) => nameKey === 'ada',
  list: async () => [ADA],
  ...clients,
});

/** A port of which nothing is asked. */
const anything = {} as never;

const temporaryFolder = (): ReturnType<typeof mkdtempDisposableSync> =>
  mkdtempDisposableSync(join(tmpdir(), 'sesame-control-'));

const policies = new PolicyDesk(await somePolicies(), memoryStore());

const operator = (clients: ClientDirectory): Operator => ({
  clients,
  registrar: new MachineRegistrar({
    directory: {
      findBySpki: unused,
      join: unused,
      joinByToken: unused,
      addToken: unused,
      listTokens: unused,
      dropToken: unused,
      touch: unused,
      revoke: unused,
      revokeJoinedBy: unused,
    },
    requests: anything,
    fleetLines: anything,
    sessions: new SessionRegistry(),
    clock: new FakeClock(),
    log: noLogger,
    openJoining: 'nowhere',
  }),
  watchReports: {
    list: async () => [
      {
        clientRow: 1,
        files: 3,
        bytes: 4096,
        failing: 1,
        oldest: Date.UTC(2030, 0, 1),
        why: 'full',
        reportedAt: 0,
      },
    ],
  },
  catalogue: { list: unused, find: unused, receipts: unused },
  people: new People(anything, new FakeClock()),
  tokens: new AccessTokens(anything, new FakeClock()),
  audit: { record: async () => {}, list: unused },
  signInLink: (secret) => secret,
  doors: unused,
  policies,
  clock: new FakeClock(),
  settled: unused,
  address: '127.0.0.1:1357',
  serverPin: 'pin',
  receiptKey: Buffer.alloc(32),
  reload: unused,
  filesFolder: '/files',
});

const start = (path: string, clients = directory()): Promise<ControlServer> =>
  ControlServer.start(path, operator(clients), new RecordingLogger());

/** What comes back for raw bytes until the server closes. */
async function raw(path: string, text: string): Promise<string> {
  const socket = connect(path);
  let answer = '';
  socket.setEncoding('utf8').on('data', (more: string) => (answer += more));
  socket.write(text);
  await once(socket, 'close');
  return answer;
}

describe('the control socket', () => {
  it('lists clients', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'control.sock');
    using _ = await start(path);
    expect(await askServer(path, { op: 'clients.ls' })).toEqual([
      {
        name: 'Ada',
        id: 'ab'.repeat(16),
        protocol: 3,
        state: 'keyed',
        joined_by: null,
        registered: '2030-01-01T00:00:00.000Z',
        last_seen: '2030-01-02T00:00:00.000Z',
        crc: 'zlib-ciphertext',
        receipts: 0,
        files: 2,
        bytes: 300,
        watch: {
          files: 3,
          bytes: 4096,
          failing: 1,
          oldest: '2030-01-01T00:00:00.000Z',
          why: 'full',
          reported: '1970-01-01T00:00:00.000Z',
        },
        quota: { bytes: null, files: null },
      },
    ]);
  });

  it('resets a client by the name as it is written anywhere', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'control.sock');
    using _ = await start(path);
    expect(await askServer(path, { op: 'clients.reset', name: 'ADA' })).toEqual({ reset: 'ADA' });
  });

  it('belongs to the operator alone', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'control.sock');
    using _ = await start(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('hands on refusals and failures with their code', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'control.sock');
    const list = async (): Promise<never> => Promise.reject(new SesameError('storage-failed', 'no disk'));
    using _ = await start(path, directory({ list }));
    await expect(askServer(path, { op: 'clients.reset', name: 'Bob' })).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('"Bob"') as string,
    });
    await expect(askServer(path, { op: 'clients.ls' })).rejects.toMatchObject({
      code: 'storage-failed',
      message: 'no disk',
    });
    const unknown = { op: 'clients.drop' } as unknown as ControlRequest;
    expect(await outcome(askServer(path, unknown))).toBe('bad-setting');
    expect(await outcome(askServer(path, { op: 'clients.reset', name: 'Ada' }))).toBe('ok');
  });

  it('closes on what is no JSON, and serves on', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'control.sock');
    using _ = await start(path);
    expect(await raw(path, 'GET / HTTP/1.1\n')).toBe('');
    expect(await outcome(askServer(path, { op: 'clients.ls' }))).toBe('ok');
  });

  it('works in a folder whose path no Unix socket takes', async () => {
    using folder = temporaryFolder();
    const deep = join(folder.path, 'long'.repeat(20), 'deep'.repeat(20));
    mkdirSync(deep, { recursive: true });
    const path = join(deep, 'control.sock');
    expect(path.length).toBeGreaterThan(107);
    const server = await start(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await askServer(path, { op: 'clients.ls' })).toHaveLength(1);
    server[Symbol.dispose]();
    expect(existsSync(path)).toBe(false);
    expect(await outcome(askServer(path, { op: 'clients.ls' }))).toBe('no-server');
  });
});

describe('the control socket without a server', () => {
  it('is not there', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'control.sock');
    expect(await outcome(askServer(path, { op: 'clients.ls' }))).toBe('no-server');
    (await start(path))[Symbol.dispose]();
    expect(existsSync(path)).toBe(false);
    expect(await outcome(askServer(path, { op: 'clients.ls' }))).toBe('no-server');
  });

  it('left behind by a dead server: nobody answers, and the next server replaces it', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'control.sock');
    const dead = createServer();
    await once(dead.listen(join(folder.path, 'dead.sock')), 'listening');
    linkSync(join(folder.path, 'dead.sock'), path);
    dead.close();
    await once(dead, 'close');
    expect(existsSync(path)).toBe(true);
    expect(await outcome(askServer(path, { op: 'clients.ls' }))).toBe('no-server');
    using _ = await start(path);
    expect(await outcome(askServer(path, { op: 'clients.ls' }))).toBe('ok');
  });

  it('whose server ends before it answers', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'control.sock');
    const asked = Promise.withResolvers<undefined>();
    const list = (): Promise<never> => {
      asked.resolve(undefined);
      return new Promise(() => {});
    };
    const server = await start(path, directory({ list }));
    const asking = outcome(askServer(path, { op: 'clients.ls' }));
    await asked.promise;
    server[Symbol.dispose]();
    expect(await asking).toBe('no-server');
  });
});
