// One large file over loopback: the v3 client to sesamed, and scp with AES-128-GCM to sshd, in turns on the same file.
// sesamed makes the file durable before it acknowledges; scp does not.
//
//   npm run bench [-- --size BYTES] [--rounds N] [--json]
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { RunningServer } from '../support/running-server.ts';
import { median, ProcessWatch, runMeasured, type Cost } from './measure.ts';
import { writeRandomFile } from './random-file.ts';
import { SshServer } from './ssh-server.ts';

const GIB = 1024 ** 3;
const CLIENT = fileURLToPath(new URL('../../build/sesame', import.meta.url));

const { values: options } = parseArgs({
  options: {
    size: { type: 'string', default: String(GIB) },
    rounds: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
  },
});
const size = Number(options.size);
const rounds = Number(options.rounds);

/** One round: both ends of one transfer. */
interface Round {
  readonly wall: number;
  readonly clientCpu: number;
  readonly serverCpu: number;
  readonly serverPeak: number;
}

const folder = mkdtempSync(join(tmpdir(), 'sesame-bench-'));
try {
  await bench();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function bench(): Promise<void> {
  const source = join(folder, 'source');
  console.error(`writing a file of ${mib(size)} …`);
  await writeRandomFile(source, size);
  await using server = await RunningServer.startBuilt();
  using ssh = await SshServer.start(folder);
  const target = join(folder, 'target');
  const transferInfo = join(folder, 'transfer.info');
  writeFileSync(transferInfo, `127.0.0.1:${server.port}\nbench\nsource\n`);

  const programs = {
    sesame: {
      run: () => runMeasured(CLIENT, ['send', transferInfo, '-q']),
      target: server.file('bench', 'source'),
      server: new ProcessWatch(server.pid),
    },
    scp: {
      run: () => runMeasured('scp', ssh.scpArgs(source, target)),
      target,
      server: new ProcessWatch(ssh.pid),
    },
  };
  const results: Record<keyof typeof programs, Round[]> = { sesame: [], scp: [] };
  for (let round = 0; round <= rounds; round++) {
    for (const name of ['sesame', 'scp'] as const) {
      const { run, target, server: watch } = programs[name];
      // Each writes a new file, into memory that the other has just given back.
      rmSync(target, { force: true });
      watch.start();
      const client: Cost = await run();
      const { cpu, peak } = watch.stop();
      // The first round of each warms caches and compilers, and is not counted.
      if (round > 0) {
        results[name].push({ wall: client.wall, clientCpu: client.cpu, serverCpu: cpu, serverPeak: peak });
      }
      console.error(`round ${round} ${name}: ${client.wall.toFixed(2)} s`);
    }
  }
  report(summary(results.sesame), summary(results.scp));
}

function summary(all: readonly Round[]): Round {
  const of = (key: keyof Round): number => median(all.map((round) => round[key]));
  return {
    wall: of('wall'),
    clientCpu: of('clientCpu'),
    serverCpu: of('serverCpu'),
    serverPeak: Math.max(...all.map((round) => round.serverPeak)),
  };
}

function report(sesame: Round, scp: Round): void {
  const ratio = scp.wall / sesame.wall;
  if (options.json) {
    console.log(JSON.stringify({ size, rounds, sesame, scp, ratio }));
    return;
  }
  console.log(`${mib(size)} over loopback, median of ${rounds} rounds, in turns`);
  console.table({ 'sesame v3 → sesamed (durable)': row(sesame), 'scp aes128-gcm → sshd': row(scp) });
  console.log(`sesame is ${ratio.toFixed(2)} times as fast as scp`);
}

function row(round: Round): Record<string, string> {
  return {
    'wall s': round.wall.toFixed(2),
    'MiB/s': (size / 1024 ** 2 / round.wall).toFixed(0),
    'client CPU s': round.clientCpu.toFixed(2),
    'server CPU s': round.serverCpu.toFixed(2),
    'server peak': mib(round.serverPeak),
  };
}

function mib(bytes: number): string {
  return `${(bytes / 1024 ** 2).toFixed(0)} MiB`;
}
