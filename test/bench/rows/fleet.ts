import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fleet } from '../../support/fleet.ts';
import { sampleBytes } from '../../support/native-client.ts';
import { RunningServer } from '../../support/running-server.ts';
import { listClients, sesamed } from '../../support/sesamed.ts';
import { mib } from '../format.ts';
import type { RowReport } from '../row.ts';
import { ServerWatch } from '../server-watch.ts';
import type { Stage } from '../stage.ts';

const MACHINES = 1000;
/** Bytes: what machines send, mostly logs, and one that goes in pieces. */
const SIZES = [512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536, 131_072, 1_048_576];

/** A thousand machines, each an enrolled client in a process of its own, that all send ten files at the same moment. */
export async function fleet(stage: Stage): Promise<readonly RowReport[]> {
  const folder = join(stage.folder, 'ten');
  await mkdir(folder);
  for (const [index, size] of SIZES.entries()) {
    await writeFile(join(folder, `file-${index}`), sampleBytes(size, index));
  }
  const perSource = ['--max-connections-per-source', String(2 * MACHINES)];
  await using server = await RunningServer.start('--v3', 'off', ...perSource, '--log-level', 'warning');
  await using machines = await Fleet.enrol(server, MACHINES);
  const watch = new ServerWatch(server.pid);
  watch.start();
  const runs = await machines.runAtOnce('put', '-r', '--json', folder);
  const { cpu, peak } = await watch.stop();

  const failed = runs.filter(({ ending }) => ending.code !== 0);
  const retries = runs.reduce(
    (sum, { ending }) => sum + ending.stdout.split('"event":"retry"').length - 1,
    0,
  );
  const stored = (await listClients(server.dataDir)).reduce((sum, { files }) => sum + files, 0);
  const verified = await sesamed(['files', 'verify', '--data-dir', server.dataDir], { limit: 300_000 });
  const took = runs.map(({ seconds }) => seconds).sort((a, b) => a - b);
  const at = (part: number): number => took[Math.floor(part * (took.length - 1))] ?? NaN;
  const bytes = MACHINES * SIZES.reduce((sum, size) => sum + size, 0);
  return [
    {
      title: `${MACHINES} machines that each send ${SIZES.length} files at once`,
      once: true,
      notes: [
        `${failed.length} machines failed, ${retries} tries again, ${stored} files stored, ` +
          `files verify ${verified.code === 0 ? 'finds all intact' : `ends with ${String(verified.code)}`}`,
        ...failed.slice(0, 3).map(({ ending }) => `a machine that failed: ${ending.stderr.trim()}`),
        `a machine, from the start of its program to its exit 0: p50 ${at(0.5).toFixed(1)} s, ` +
          `p99 ${at(0.99).toFixed(1)} s, longest ${at(1).toFixed(1)} s`,
        `all: ${((MACHINES * SIZES.length) / at(1)).toFixed(0)} files/s, ${mib(bytes / at(1))}/s; ` +
          `server peak ${mib(peak)}, CPU ${cpu.toFixed(1)} s`,
      ],
      figures: {
        ...{ machines: MACHINES, failed: failed.length, retries, stored },
        ...{ p50_s: at(0.5), p99_s: at(0.99), longest_s: at(1), peak_bytes: peak, cpu_s: cpu },
      },
    },
  ];
}
