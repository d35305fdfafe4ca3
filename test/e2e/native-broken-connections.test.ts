// The client over connections that break: it goes on by itself, and never ends with 0 before everything is stored.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FlakyProxy, type Cut } from '../support/flaky-proxy.ts';
import { ClientFolder, sampleBytes, type Run } from '../support/native-client.ts';
import { RunningServer } from '../support/running-server.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { notStored, type Files } from '../support/stored-files.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await RunningServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

interface Outcome extends Run {
  /** How many connections were broken. */
  readonly broken: number;
}

/** How a connection is broken, and for how long every chunk waits before, ms. */
interface Fault extends Cut {
  readonly delay?: number;
}

/** A run through a proxy that breaks connections. Checks what must hold however it ends. */
async function sendThrough(
  faults: (connection: number) => Fault | undefined,
  client: { readonly name: string; readonly files: Files; readonly isNew?: boolean },
  ...flags: string[]
): Promise<Outcome> {
  const { name, files, isNew = false } = client;
  await using folder = await ClientFolder.create(server.port, name, ['before']);
  await folder.write('before', 'undisturbed');
  if (!isNew) expect((await folder.send()).code).toBe(0);
  for (const [file, content] of files) await folder.write(file, content);
  await folder.list(server.port, name, [...files.keys()]);

  await using proxy = await FlakyProxy.start(
    () => server.port,
    (connection) => {
      const fault = faults(connection);
      const { delay: hold } = fault ?? {};
      return hold === undefined ? { cut: fault } : { cut: fault, shape: () => ({ hold }) };
    },
  );
  const run = await folder.run('--port', `${proxy.port}`, ...flags);
  const missing = await notStored(server, name, files);
  expect(
    run.acknowledged.filter((file) => missing.includes(file)),
    `${name}: acknowledged`,
  ).toEqual([]);
  expect(run.acknowledged.length + run.failed.length).toBe(files.size);
  expect(run.code === 0, `${name}: ${run.stderr}`).toBe(run.failed.length === 0);
  return { ...run, broken: proxy.cuts };
}

/** The faults of these connections, by their number; the others have none. */
const at =
  (faults: Readonly<Record<number, Fault>>) =>
  (connection: number): Fault | undefined =>
    faults[connection];

const CONTENT = sampleBytes(1000);
/** Frame lengths: header, name, and for the file its size and its padded content. */
const NAME_REQUEST = 23 + 255;
const FILE_REQUEST = 23 + 4 + 255 + 1008;

/** Both sides of each border in what is said, the first and the last byte. */
function seams(direction: Fault['direction'], ...frames: readonly (readonly number[])[]): Fault[] {
  const borders = [0];
  let start = 0;
  for (const parts of frames) {
    for (const part of parts) borders.push(start + part);
    start = borders.at(-1) ?? 0;
  }
  const positions = new Set(borders.flatMap((border) => [border - 1, border, border + 1]));
  const inside = [...positions].filter((position) => position >= 0 && position <= start);
  return inside.flatMap((after) => [
    { direction, after, how: 'reset' },
    { direction, after, how: 'end' },
  ]);
}

const titled = (fault: Fault): string => `${fault.direction} ${fault.after} ${fault.how}`;

test('cut once at every seam of reconnect, file and confirmation', async () => {
  const faults = [
    ...seams('up', [23, NAME_REQUEST], [23, 27, 282, 800, FILE_REQUEST], [23, NAME_REQUEST]),
    ...seams('down', [7, 23, 151], [7, 286], [7, 23]),
  ];
  const outcomes = await Promise.all(
    faults.map(async (fault) => {
      const name = `seam ${titled(fault)}`;
      const { code, broken } = await sendThrough(at({ 0: fault }), {
        name,
        files: new Map([['f', CONTENT]]),
      });
      return { name, code, broken };
    }),
  );
  expect(outcomes.filter(({ code }) => code !== 0)).toEqual([]);
  expect(outcomes.filter(({ broken }) => broken !== 1)).toEqual([]);
});

test('cut while confirming: over a connection of its own, or twice', async () => {
  const confirmation = [...seams('up', [23, NAME_REQUEST]), ...seams('down', [7, 23])];
  const reconnectAndFile: Fault = { direction: 'up', after: NAME_REQUEST + FILE_REQUEST + 50, how: 'reset' };
  const cases = confirmation.flatMap((fault) => [
    { name: `own ${titled(fault)}`, faults: { 2: fault }, flags: ['--per-request'], broken: 1 },
    { name: `twice ${titled(fault)}`, faults: { 0: reconnectAndFile, 1: fault }, flags: [], broken: 2 },
  ]);
  const outcomes = await Promise.all(
    cases.map(async ({ name, faults, flags, ...expected }) => {
      const run = await sendThrough(at(faults), { name, files: new Map([['f', CONTENT]]) }, ...flags);
      return { name, code: run.code, broken: run.broken, expected };
    }),
  );
  expect(outcomes.filter(({ code, broken, expected }) => code !== 0 || broken !== expected.broken)).toEqual(
    [],
  );
});

test('cut once while registering: goes on, or says that its name is taken', async () => {
  const faults = [
    ...seams('up', [23, NAME_REQUEST], [23, 278, 438]),
    ...seams('down', [7, 23], [7, 23, 151]),
  ];
  const outcomes = await Promise.all(
    faults.map(async (fault) => {
      const client = { name: `new ${titled(fault)}`, files: new Map([['f', CONTENT]]), isNew: true };
      return { fault, run: await sendThrough(at({ 0: fault }), client) };
    }),
  );
  for (const { fault, run } of outcomes) {
    // Once its 2100 is lost, nobody can tell a client its id: the name has to wait, or to be reset.
    const lost = fault.direction === 'down' && fault.after < 23;
    const perhapsLost = fault.direction === 'up' && fault.after === NAME_REQUEST;
    if (!perhapsLost) expect([titled(fault), run.code]).toEqual([titled(fault), lost ? 6 : 0]);
    if (run.code !== 0) expect(run.stderr).toContain('wait 10 minutes');
  }
});

test.concurrent.for([1, 2, 3, 4, 5, 6, 7, 8])(
  'cut at random, slow here and there: seed %d',
  async (seed, { expect }) => {
    const random = seededRandom(seed);
    const below = (limit: number): number => Math.floor(random() * limit);
    const files = new Map(
      Array.from({ length: 4 }, (_, i) => [`${i}`, sampleBytes(below(2 ** (10 + 4 * i)), seed * 10 + i)]),
    );
    const perRequest = random() < 0.3;
    const bytes = perRequest
      ? NAME_REQUEST
      : [...files.values()].reduce((sum, { length }) => sum + length, NAME_REQUEST);
    const faults = Array.from({ length: 3 }, (): Fault => {
      const direction = random() < 0.7 ? 'up' : 'down';
      const after = below(direction === 'up' ? bytes : perRequest ? 23 : 1000);
      const delay = random() < 0.4 ? { delay: 1 + below(10) } : {};
      return { direction, after, how: random() < 0.5 ? 'reset' : 'end', ...delay };
    });
    const client = { name: `seed ${seed}`, files };
    const run = await sendThrough((i) => faults[i], client, ...(perRequest ? ['--per-request'] : []));
    expect(run.code).toBe(0);
    expect(run.broken).toBeGreaterThan(0);
  },
);

test.concurrent('cut for ever: exit code 5, and what was acknowledged is there', async ({ expect }) => {
  const files = new Map([
    ['small', sampleBytes(100)],
    ['large', sampleBytes(500_000)],
    ['never tried', sampleBytes(10)],
  ]);
  const fault: Fault = { direction: 'up', after: 50_000, how: 'reset' };
  const run = await sendThrough(() => fault, { name: 'for ever', files }, '--retries', '2');
  expect(run.code).toBe(5);
  expect(run.acknowledged).toEqual(['small']);
  expect(run.events.filter(({ event }) => event === 'retry').map(({ code }) => code)).toEqual([
    'connection-lost',
    'connection-lost',
  ]);
});
