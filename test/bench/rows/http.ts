import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { mib } from '../format.ts';
import { median } from '../measure.ts';
import { writeRandomFile } from '../random-file.ts';
import type { RowOptions, RowReport } from '../row.ts';
import type { Stage } from '../stage.ts';

const SMALL = 64 * 1024;
const CONNECTIONS = 32;
const SECONDS = 5;

interface Server {
  readonly name: 'sesame' | 'nginx';
  readonly origin: string;
}

/** Files out of a folder over plain HTTP: one of 64 KiB many times, one large one; sesamed http against nginx. */
export async function http(stage: Stage, options: RowOptions): Promise<readonly RowReport[]> {
  const nginx = await stage.nginx();
  const folder = join(nginx.root, 'http');
  mkdirSync(folder);
  await writeRandomFile(join(folder, 'small.bin'), SMALL);
  await writeRandomFile(join(folder, 'large.bin'), options.size);
  const web = await stage.web(folder);
  const servers: readonly Server[] = [
    { name: 'sesame', origin: web.origin },
    { name: 'nginx', origin: `http://127.0.0.1:${nginx.plainPort}/http` },
  ];
  const rates = inTurns(servers, options.rounds, requestsPerSecond);
  const times = inTurns(servers, options.rounds, secondsForLarge);
  rmSync(folder, { recursive: true });
  return [
    report('64 KiB over HTTP', 'requests/s', rates, rates.sesame / rates.nginx),
    report(`${mib(options.size)} over HTTP`, 's', times, times.nginx / times.sesame),
  ];
}

/** The medians of so many rounds. */
function inTurns(
  servers: readonly Server[],
  rounds: number,
  measure: (server: Server) => number,
): Record<Server['name'], number> {
  const found = { sesame: [] as number[], nginx: [] as number[] };
  for (let round = 0; round <= rounds; round++) {
    for (const server of servers) {
      const value = measure(server);
      if (round > 0) found[server.name].push(value);
      console.error(`round ${round} ${server.name}: ${value.toFixed(2)}`);
    }
  }
  return { sesame: median(found.sesame), nginx: median(found.nginx) };
}

function requestsPerSecond({ origin }: Server): number {
  const args = ['-t', '1', '-c', `${CONNECTIONS}`, '-d', `${SECONDS}s`, '--latency', `${origin}/small.bin`];
  const said = execFileSync('wrk', args, { encoding: 'utf8' });
  if (/Non-2xx|Socket errors/.test(said)) throw new Error(said);
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(said)?.[1]);
}

function secondsForLarge({ origin }: Server): number {
  const args = ['-sS', '--fail', '-o', '/dev/null', '-w', '%{time_total}', `${origin}/large.bin`];
  return Number(execFileSync('curl', args, { encoding: 'utf8' }));
}

/** @param ratio above 1: sesame is the faster one */
function report(
  title: string,
  unit: string,
  { sesame, nginx }: Record<Server['name'], number>,
  ratio: number,
): RowReport {
  const digits = sesame < 100 ? 2 : 0;
  return {
    title,
    notes: [
      `sesame ${sesame.toFixed(digits)} ${unit}, nginx ${nginx.toFixed(digits)} ${unit}: ${ratio.toFixed(2)} times nginx.`,
    ],
    figures: { sesame, nginx, ratio },
  };
}
