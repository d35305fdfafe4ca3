import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Engine, type EnrolledClient } from '../support/engine.ts';
import { FastFolder } from '../support/fast-folder.ts';
import { outcome, type Outcome } from '../support/outcome.ts';

// PROTOCOL.md 1.4: each request in each state of a file.
type State = 'none' | 'verified' | 'failed' | 'pending' | 'waiting' | 'waiting after 4 sends';
type Request = '1028' | '1029' | '1030' | '1031';

const OLD = Buffer.from('verified before');
const NEW = Buffer.from('the version under way');

const TABLE: Readonly<Record<State, Readonly<Record<Request, Outcome>>>> = {
  none: { 1028: 'ok', 1029: 'no-pending-file', 1030: 'no-pending-file', 1031: 'no-pending-file' },
  verified: { 1028: 'ok', 1029: 'no-pending-file', 1030: 'no-pending-file', 1031: 'no-pending-file' },
  failed: { 1028: 'ok', 1029: 'no-pending-file', 1030: 'no-pending-file', 1031: 'no-pending-file' },
  pending: { 1028: 'ok', 1029: 'ok', 1030: 'ok', 1031: 'ok' },
  waiting: { 1028: 'ok', 1029: 'no-pending-file', 1030: 'no-pending-file', 1031: 'ok' },
  'waiting after 4 sends': {
    1028: 'too-many-sends',
    1029: 'no-pending-file',
    1030: 'no-pending-file',
    1031: 'ok',
  },
};

let folder: FastFolder;
let engine: Engine;
let client: EnrolledClient;

beforeAll(async () => {
  folder = await FastFolder.create();
  engine = await Engine.open(`${folder.path}/data`);
  client = await engine.enrol('alice');
});
afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const CELLS = Object.entries(TABLE).flatMap(([state, row]) =>
  Object.entries(row).map(([request, expected]) => ({
    state: state as State,
    request: request as Request,
    expected,
  })),
);

describe.for([{ before: undefined }, { before: OLD }])(
  'with a verified version before: $before',
  ({ before }) => {
    it.for(CELLS)('$request where it is $state: $expected', async ({ state, request, expected }) => {
      const path = `${state} ${request} ${before ? 'again' : ''}.txt`;
      if (before && state !== 'verified') await verify(path, before);
      await bringTo(state, path);
      const stood = await engine.stored('alice', path);
      expect(await outcome(make(request, path))).toBe(expected);

      const confirmed = request === '1029' && expected === 'ok';
      expect(await engine.stored('alice', path)).toEqual(confirmed ? NEW : stood);
      const open = await engine.ports.ledger.findOpen(await rowOf(client), path);
      expect(open?.state).toBe(stateBehind(state, request, expected));
      expect(await engine.incoming()).toEqual(await engine.owned());
    });
  },
);

/** The open state that a request leaves behind; undefined for none. */
function stateBehind(state: State, request: Request, expected: Outcome): 'pending' | 'waiting' | undefined {
  if (expected === 'ok') return request === '1028' ? 'pending' : request === '1030' ? 'waiting' : undefined;
  return state.startsWith('waiting') ? 'waiting' : undefined;
}

async function bringTo(state: State, path: string): Promise<void> {
  if (state === 'none') return;
  const sends = state === 'waiting after 4 sends' ? 4 : 1;
  for (let send = 1; send <= sends; send++) {
    await engine.send(client, path, NEW);
    if (state.startsWith('waiting')) await engine.refuse(client, path);
  }
  if (state === 'verified') await engine.confirm(client, path);
  if (state === 'failed') await engine.giveUp(client, path);
}

async function make(request: Request, path: string): Promise<unknown> {
  if (request === '1028') return engine.send(client, path, NEW);
  if (request === '1029') return engine.confirm(client, path);
  if (request === '1030') return engine.refuse(client, path);
  return engine.giveUp(client, path);
}

async function verify(path: string, content: Buffer): Promise<void> {
  await engine.send(client, path, content);
  await engine.confirm(client, path);
}

async function rowOf({ id }: EnrolledClient): Promise<number> {
  return (await engine.ports.directory.find(id))?.row ?? 0;
}

describe('the count of sends', () => {
  it('lets four through, and the fourth can be confirmed', async () => {
    const path = 'four.txt';
    for (let send = 1; send <= 3; send++) {
      await engine.send(client, path, NEW);
      await engine.refuse(client, path);
    }
    await engine.send(client, path, NEW);
    await engine.confirm(client, path);
    expect(await engine.stored('alice', path)).toEqual(NEW);
  });

  it('counts a send only behind a 1030', async () => {
    for (let send = 1; send <= 9; send++) await engine.send(client, 'often.txt', NEW);
    expect(await engine.ports.ledger.findOpen(await rowOf(client), 'often.txt')).toMatchObject({ sends: 1 });
  });

  it.for([
    { by: '1029', end: (path: string) => engine.confirm(client, path), last: 'send' },
    { by: '1031', end: (path: string) => engine.giveUp(client, path), last: '1030' },
    { by: '1027', end: () => engine.registrar.reconnect(client.id), last: '1030' },
  ])('ends with $by', async ({ by, end, last }) => {
    const path = `ends with ${by}.txt`;
    for (let send = 1; send <= 4; send++) {
      await engine.send(client, path, NEW);
      if (send < 4 || last === '1030') await engine.refuse(client, path);
    }
    await end(path);
    await engine.send(client, path, NEW);
    expect(await engine.ports.ledger.findOpen(await rowOf(client), path)).toMatchObject({ sends: 1 });
  });

  it('is its own for each file and client', async () => {
    const other = await engine.enrol('bob');
    for (let send = 1; send <= 4; send++) {
      await engine.send(client, 'counted.txt', NEW);
      await engine.refuse(client, 'counted.txt');
    }
    expect(await outcome(engine.send(client, 'counted.txt', NEW))).toBe('too-many-sends');
    expect(await outcome(engine.send(client, 'other.txt', NEW))).toBe('ok');
    expect(await outcome(engine.send(other, 'counted.txt', NEW))).toBe('ok');
  });
});

describe('who asks', () => {
  it('must be known and have a key', async () => {
    const keyless = {
      name: 'keyless',
      id: await engine.registrar.register('keyless'),
      aesKey: client.aesKey,
    };
    const unknown = { name: 'nobody', id: Buffer.alloc(16, 7), aesKey: client.aesKey };
    for (const [who, expected] of [
      [keyless, 'no-key'],
      [unknown, 'unknown-client'],
    ] as const) {
      expect(await outcome(engine.send(who, 'a', NEW))).toBe(expected);
      expect(await outcome(engine.confirm(who, 'a'))).toBe(expected);
      expect(await outcome(engine.refuse(who, 'a'))).toBe(expected);
      expect(await outcome(engine.giveUp(who, 'a'))).toBe(expected);
    }
  });

  it('has no say over the file of another client', async () => {
    const mallory = await engine.enrol('mallory');
    await engine.send(client, 'mine.txt', NEW);
    expect(await outcome(engine.confirm(mallory, 'mine.txt'))).toBe('no-pending-file');
    expect(await outcome(engine.giveUp(mallory, 'mine.txt'))).toBe('no-pending-file');
    await engine.confirm(client, 'mine.txt');
    expect(await engine.stored('mallory', 'mine.txt')).toBeUndefined();
  });
});
