// Several ways of bringing the same files to the other end, in turns.
import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { median, type Cost } from './measure.ts';
import { ServerWatch } from './server-watch.ts';
import { warmMemory } from './warm-memory.ts';

export interface Contender {
  readonly name: string;
  /** The process id of its server. */
  readonly server: number;
  /** Where the files of a run come to lie, a file or a folder that is not there before it. */
  readonly target: (run: number) => string;
  /** Sends everything, and resolves when the client has ended well. */
  readonly send: (run: number) => Promise<Cost>;
}

/** What each of them sends. */
export interface Load {
  readonly files: number;
  readonly bytes: number;
}

/** One run, or the median of some: both ends of it. Seconds and bytes. */
export interface Result {
  readonly wall: number;
  readonly clientCpu: number;
  readonly serverCpu: number;
  readonly clientPeak: number;
  readonly serverPeak: number;
}

export interface Standing extends Result {
  readonly name: string;
  readonly cpu: number;
  readonly runs: readonly Result[];
}

/** What a run needs besides what it writes. */
const WORKING_MEMORY = 256 * 1024 * 1024;

/** Behind the last acknowledgement, ms. */
const LONGEST_PLACING = 10_000;

/** Everybody runs once uncounted, to warm caches and compilers, and then so many rounds. */
export async function contest(
  contenders: readonly Contender[],
  load: Load,
  rounds: number,
): Promise<Standing[]> {
  const runs = new Map<Contender, Result[]>(contenders.map((contender) => [contender, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const [contender, results] of runs) {
      const result = await run(contender, load, round);
      if (round > 0) results.push(result);
      console.error(`round ${round} ${contender.name}: ${result.wall.toFixed(2)} s`);
    }
  }
  return [...runs].map(([{ name }, results]) => standing(name, results));
}

async function run(contender: Contender, load: Load, number: number): Promise<Result> {
  const target = contender.target(number);
  // What the one before has left to be written is not for this one to wait for.
  execFileSync('sync');
  await warmMemory(load.bytes + WORKING_MEMORY);
  const watch = new ServerWatch(contender.server);
  watch.start();
  try {
    const client = await contender.send(number);
    // What goes on behind the last acknowledgement is work of the server's too.
    await arrival(contender.name, target, load);
    const server = await watch.stop();
    return {
      wall: client.wall,
      clientCpu: client.cpu,
      serverCpu: server.cpu,
      clientPeak: client.peak,
      serverPeak: server.peak,
    };
  } finally {
    watch.end();
    // Many files stay until the end: for minutes, ext4 looks at each one that was removed before it makes a new one.
    if (load.files === 1) rmSync(target, { recursive: true, force: true });
  }
}

function standing(name: string, runs: readonly Result[]): Standing {
  const of = (value: (run: Result) => number): number => median(runs.map(value));
  return {
    name,
    wall: of((run) => run.wall),
    cpu: of((run) => run.clientCpu + run.serverCpu),
    clientCpu: of((run) => run.clientCpu),
    serverCpu: of((run) => run.serverCpu),
    clientPeak: Math.max(...runs.map((run) => run.clientPeak)),
    serverPeak: Math.max(...runs.map((run) => run.serverPeak)),
    runs,
  };
}

/** Resolves when everything stands at its place: small files of ours do so a moment after they are acknowledged. */
async function arrival(name: string, target: string, load: Load): Promise<void> {
  const end = performance.now() + LONGEST_PLACING;
  for (;;) {
    const sizes = filesAt(target).map((path) => statSync(path).size);
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    if (sizes.length === load.files && bytes === load.bytes) return;
    if (performance.now() > end)
      throw new Error(`${name}: ${sizes.length} files with ${bytes} bytes arrived at ${target}`);
    await sleep(20);
  }
}

function filesAt(path: string): string[] {
  const there = statSync(path, { throwIfNoEntry: false });
  if (!there) return [];
  if (there.isFile()) return [path];
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
