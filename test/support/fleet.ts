// Machines of one fleet, each the real client with a key of its own, that send at the same moment.
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SESAME } from './native-client.ts';
import { Program, type Ending } from './program.ts';
import { TemporaryFolder, type RunningServer } from './running-server.ts';
import { sesamed } from './sesamed.ts';
import { until } from './waiting.ts';

const PATTERN = 'fleet-*';
const ENROL_AT_ONCE = 8;
/** ms; many share few processors. */
const LIMIT = 900_000;

export interface FleetRun {
  readonly ending: Ending;
  /** From the moment when all were let go, s. */
  readonly seconds: number;
}

export class Fleet implements AsyncDisposable {
  readonly size: number;
  readonly #folder: TemporaryFolder;

  private constructor(folder: TemporaryFolder, size: number) {
    this.#folder = folder;
    this.size = size;
  }

  /** All of them by one join line. */
  static async enrol(server: RunningServer, size: number): Promise<Fleet> {
    const fleet = new Fleet(await TemporaryFolder.create(), size);
    const uses = ['--pattern', PATTERN, '--uses', String(size)];
    const at = ['--advertise', `127.0.0.1:${server.port}`, '--data-dir', server.dataDir, '--json'];
    const made = await sesamed(['enroll', ...uses, ...at]);
    if (made.code !== 0) throw new Error(made.stderr);
    const { line } = JSON.parse(made.stdout) as { readonly line: string };
    const waiting = Array.from({ length: size }, (_, index) => fleet.#nameOf(index));
    const worker = async (): Promise<void> => {
      for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
        const options = { env: fleet.#placesOf(name), input: line };
        const { code, stderr } = await Program.run(SESAME, ['enroll', '-', '--name', name], options);
        if (code !== 0) throw new Error(`${name}: ${stderr}`);
      }
    };
    await Promise.all(Array.from({ length: ENROL_AT_ONCE }, worker));
    return fleet;
  }

  /** Starts `sesame` with these arguments on every machine, and lets all of them go at once. */
  async runAtOnce(...args: string[]): Promise<readonly FleetRun[]> {
    const barrier = join(this.#folder.path, 'barrier');
    await writeFile(barrier, '');
    await using holder = new Program('flock', ['-F', '-x', barrier, 'sleep', 'infinity'], { limit: LIMIT });
    await until('the barrier is shut', async () => (await locksOn(barrier)).held === 1);
    const line = ['-F', '-s', barrier, SESAME, ...args];
    const machines = Array.from({ length: this.size }, (_, index) => {
      return new Program('flock', line, { env: this.#placesOf(this.#nameOf(index)), limit: LIMIT });
    });
    const allWait = async (): Promise<boolean> => (await locksOn(barrier)).waiting === this.size;
    await until('all machines stand at the barrier', allWait, LIMIT);
    const since = performance.now();
    await holder.stop('SIGKILL');
    return await Promise.all(
      machines.map(async (machine): Promise<FleetRun> => {
        const ending = await machine.ended;
        return { ending, seconds: (performance.now() - since) / 1000 };
      }),
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#folder[Symbol.asyncDispose]();
  }

  #nameOf(index: number): string {
    return `fleet-${String(index).padStart(4, '0')}`;
  }

  #placesOf(name: string): NodeJS.ProcessEnv {
    const folder = join(this.#folder.path, name);
    return { XDG_CONFIG_HOME: join(folder, 'config'), XDG_STATE_HOME: join(folder, 'state') };
  }
}

/** Who has a lock on a file, and who waits for one. */
async function locksOn(path: string): Promise<{ readonly held: number; readonly waiting: number }> {
  const { ino } = await stat(path);
  const lines = (await readFile('/proc/locks', 'utf8')).split('\n');
  const own = lines.filter((line) => line.includes(`:${ino} `));
  const waiting = own.filter((line) => line.includes('->')).length;
  return { held: own.length - waiting, waiting };
}
