/** What a small company's machines send and fetch: with the real client, over and over, at a rate of their own each. */
import { setTimeout as sleep } from 'node:timers/promises';
import { V4Folder } from '../../test/support/v4-folder.ts';
import type { RunningServer } from '../../test/support/running-server.ts';

const MIB = 1024 * 1024;

interface Job {
  readonly client: string;
  /** `#` stands for the number of the turn. */
  readonly path: string;
  readonly mib: number;
  /** MiB a second. A transfer has to end within a minute. */
  readonly rate: number;
  /** Seconds before the first turn, and between two. */
  readonly pause: number;
  /** It is sent before anything else, and then fetched. */
  readonly fetches?: boolean;
}

const JOBS: readonly Job[] = [
  { client: 'db-1', path: 'backups/shop-2026-#.sql.zst', mib: 236, rate: 5, pause: 17 },
  { client: 'studio', path: 'renders/scene-04/take-#.mov', mib: 182, rate: 4, pause: 9 },
  { client: 'lab-07', path: 'runs/sequencer/run-#.fastq.gz', mib: 74, rate: 1.5, pause: 1 },
  { client: 'web-1', path: 'logs/access-#.log.zst', mib: 18, rate: 0.75, pause: 4 },
  { client: 'web-2', path: 'logs/access-#.log.zst', mib: 13, rate: 0.5, pause: 9 },
  { client: 'office', path: 'scans/2026/invoices-#.pdf', mib: 6, rate: 0.3, pause: 2 },
  { client: 'office', path: 'shared/product-film.mov', mib: 84, rate: 2.5, pause: 16, fetches: true },
];

/** How large a turn is, and how fast: no two nights are the same. */
const TURNS = [1, 0.7, 1.2, 0.85, 1.1] as const;

/** Many small files, which each client has sent before anything else. */
const FIRST_FILES = 60;

/** Lets all of them work until the signal; resolves when they have stopped. */
export async function work(server: RunningServer, signal: AbortSignal): Promise<void> {
  await using clients = new AsyncDisposableStack();
  const names = [...new Set(JOBS.map(({ client }) => client))];
  const folders = new Map(
    await Promise.all(
      names.map(async (name) => [name, clients.use(await V4Folder.joined(server, name))] as const),
    ),
  );
  await Promise.all([...folders.values()].map(sendFirstFiles));
  await Promise.all(
    JOBS.flatMap((job) => {
      const folder = folders.get(job.client);
      return folder ? [repeat(job, folder, signal)] : [];
    }),
  );
}

async function sendFirstFiles(folder: V4Folder): Promise<void> {
  for (let n = 0; n < FIRST_FILES; n++) await folder.write(`config/site-${n}.yaml`, `site: ${n}\n`.repeat(n));
  await succeed(folder, 'put', '-r', 'config');
}

async function repeat(job: Job, folder: V4Folder, signal: AbortSignal): Promise<void> {
  const wait = (seconds: number): Promise<boolean> =>
    sleep(seconds * 1000, undefined, { signal }).then(
      () => true,
      () => false,
    );
  if (job.fetches) {
    await folder.writeSparse('film', job.mib * MIB);
    await succeed(folder, 'put', 'film', '--as', job.path, '--bwlimit', '10M');
  }
  for (let turn = 1; await wait(job.pause); turn++) {
    const factor = TURNS[turn % TURNS.length] ?? 1;
    const limit = ['--bwlimit', String(Math.round(job.rate * factor * MIB))];
    if (job.fetches) {
      await stoppable(folder, signal, ['get', job.path, '-o', 'copy', '--force', ...limit]);
      continue;
    }
    const path = job.path.replace('#', String(turn).padStart(2, '0'));
    const source = `sent-${path.replaceAll('/', '-')}`;
    await folder.writeSparse(source, Math.round(job.mib * factor * MIB));
    await stoppable(folder, signal, ['put', source, '--as', path, ...limit]);
  }
}

async function succeed(folder: V4Folder, ...args: string[]): Promise<void> {
  const { code, stderr } = await folder.sesame(...args);
  if (code !== 0) throw new Error(`sesame ${args.join(' ')}: ${stderr}`);
}

/** Runs the client to its end, or to the signal. */
async function stoppable(folder: V4Folder, signal: AbortSignal, args: readonly string[]): Promise<void> {
  await using program = folder.program(args);
  const stop = (): void => program.kill('SIGKILL');
  signal.addEventListener('abort', stop);
  const { code, stderr } = await program.ended;
  signal.removeEventListener('abort', stop);
  if (code !== 0 && !signal.aborted) throw new Error(`sesame ${args.join(' ')}: ${stderr}`);
}
