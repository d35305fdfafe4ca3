// The real client and the real server over bad networks, killed in a loop, again and again: what was acknowledged stands
// at its place, and a run that is left alone for long enough ends well. `npm run loops` does more rounds of it.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { inForm, numbered } from '../loops/form.ts';
import { acknowledgedBy, Machine } from '../loops/machine.ts';
import { expectKept, notAtItsPlace } from '../loops/promises-kept.ts';
import { writeRandomTree, type Hashes } from '../loops/random-tree.ts';
import { flakyPlans } from '../support/flaky-plans.ts';
import { FlakyProxy } from '../support/flaky-proxy.ts';
import { freePort } from '../support/network.ts';
import type { Program } from '../support/program.ts';
import { RunningServer } from '../support/running-server.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { until } from '../support/waiting.ts';

const LIMIT = inForm(60_000, 300_000);
const SHAPE = { files: inForm(40, 200), large: inForm(3, 6) };
const MB = 1_000_000;

async function startServer(): Promise<{ server: RunningServer; port: number }> {
  const port = await freePort();
  return { server: await RunningServer.start('--v3', 'off', '--port', `${port}`), port };
}

async function expectGoodEnd(client: Program): Promise<void> {
  const { code, signal, stderr, stdout } = await client.ended;
  expect({ code, signal }, `${stderr}\n${stdout.slice(-2000)}`).toEqual({ code: 0, signal: null });
}

test.for(numbered(inForm(3, 30)))(
  'cuts, stalls and odd pieces on the way: seed %d',
  { timeout: LIMIT },
  async (seed) => {
    const { server, port } = await startServer();
    await using _server = server;
    await using machine = await Machine.join(port, 'sailor');
    const files = await writeRandomTree(machine.folder, 'tree', { seed, ...SHAPE });
    await using proxy = await FlakyProxy.start(() => port, flakyPlans({ seed, calm: MB / 2, storms: 6 }));
    await using client = machine.put(proxy.port, '-r', 'tree');
    await expectGoodEnd(client);
    expect(proxy.cuts).toBeGreaterThan(0);
    await expectKept(server, 'sailor', files);
  },
);

/** More would keep a machine that is busy with other things from ever coming to an end. */
const HARMS = inForm(4, 12);

/** Does harm at random moments until the client has come to its end. */
async function untilTheEnd(client: Program, seed: number, harm: () => Promise<void>): Promise<number> {
  const random = seededRandom(seed);
  for (let round = 0; round < HARMS; round++) {
    await Promise.race([client.ended, sleep(100 + random() * 700)]);
    if (!client.running) return round;
    await harm();
  }
  return HARMS;
}

test.for(numbered(inForm(1, 10)))(
  'the server is killed and started again in a loop: seed %d',
  { timeout: LIMIT },
  async (seed) => {
    const { server, port } = await startServer();
    await using _server = server;
    await using machine = await Machine.join(port, 'patient');
    const files = await writeRandomTree(machine.folder, 'tree', { seed, ...SHAPE });
    await using client = machine.put(port, '-r', '--bwlimit', '8M', 'tree');
    const harmed = await untilTheEnd(client, seed, async () => {
      await server.stop('SIGKILL');
      await server.again('--v3', 'off', '--port', `${port}`);
    });
    expect(harmed).toBeGreaterThan(0);
    await expectGoodEnd(client);
    await expectKept(server, 'patient', files);
  },
);

test.for(numbered(inForm(1, 10)))(
  'the server is stopped and started again: seed %d',
  { timeout: LIMIT },
  async (seed) => {
    const { server, port } = await startServer();
    await using _server = server;
    await using machine = await Machine.join(port, 'visitor');
    const files = await writeRandomTree(machine.folder, 'tree', { seed, ...SHAPE });
    await using client = machine.put(port, '-r', '--bwlimit', '8M', 'tree');
    await untilTheEnd(client, seed, async () => {
      expect(await server.stop()).toBe(0);
      await server.again('--v3', 'off', '--port', `${port}`);
    });
    await expectGoodEnd(client);
    await expectKept(server, 'visitor', files);
  },
);

test.for(numbered(inForm(1, 10)))(
  'the client is killed in a loop: seed %d',
  { timeout: LIMIT },
  async (seed) => {
    const { server, port } = await startServer();
    await using _server = server;
    await using machine = await Machine.join(port, 'mayfly');
    const files = await writeRandomTree(machine.folder, 'tree', { seed, ...SHAPE });
    const random = seededRandom(seed);
    const acknowledged = new Set<string>();
    for (let round = 0; round < inForm(5, 20); round++) {
      await using client = machine.put(port, '-r', '--bwlimit', '8M', 'tree');
      await Promise.race([client.ended, sleep(random() * 600)]);
      await client.stop('SIGKILL');
      for (const path of acknowledgedBy(client)) acknowledged.add(path);
    }
    await until(
      'what was acknowledged stands at its place',
      async () => (await notAtItsPlace(server, 'mayfly', only(files, acknowledged))).length === 0,
    );
    await using client = machine.put(port, '-r', 'tree');
    await expectGoodEnd(client);
    await expectKept(server, 'mayfly', files);
  },
);

test(
  'two clients with the same identity at once, each with a tree of its own',
  { timeout: LIMIT },
  async () => {
    const { server, port } = await startServer();
    await using _server = server;
    await using machine = await Machine.join(port, 'twins');
    const one = await writeRandomTree(machine.folder, 'one', { seed: 1, ...SHAPE });
    const two = await writeRandomTree(machine.folder, 'two', { seed: 2, ...SHAPE });
    await using proxy = await FlakyProxy.start(() => port, flakyPlans({ seed: 9, calm: MB, storms: 4 }));
    await using first = machine.put(proxy.port, '-r', 'one');
    await using second = machine.put(proxy.port, '-r', 'two');
    await Promise.all([expectGoodEnd(first), expectGoodEnd(second)]);
    await expectKept(server, 'twins', new Map([...one, ...two]));
  },
);

function only(files: Hashes, wanted: ReadonlySet<string>): Hashes {
  const unknown = [...wanted].filter((path) => !files.has(path));
  expect(unknown, 'acknowledged, but not in the tree').toEqual([]);
  return new Map([...files].filter(([path]) => wanted.has(path)));
}
