import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FlakyProxy, type Cut } from '../../support/flaky-proxy.ts';
import { SESAME } from '../../support/native-client.ts';
import { median } from '../measure.ts';
import type { SesamePair } from '../peers/sesame-pair.ts';
import { writeRandomFile } from '../random-file.ts';
import type { RowOptions, RowReport } from '../row.ts';
import type { Stage } from '../stage.ts';

const SIZE = 256 * 1024 * 1024;

interface Upload {
  readonly pair: SesamePair;
  readonly source: string;
  readonly port: number;
  readonly to: string;
}

/** How a run is disturbed, so many bytes into the file. */
type Disturbance = 'nothing' | Cut['how'] | 'client killed';

/** A large upload is cut in the middle: what the client says more than it would have said anyway. */
export async function resume(stage: Stage, { rounds }: RowOptions): Promise<readonly RowReport[]> {
  const source = join(stage.folder, 'resumed');
  await writeRandomFile(source, SIZE);
  const pair = await stage.sesame();
  let run = 0;
  const saidWith = (disturbance: Disturbance, after: number): Promise<number> =>
    said(disturbance, after, { pair, source, to: `resume ${run++}` });

  const undisturbed = await saidWith('nothing', 0);
  const again: Record<string, number> = {};
  for (const disturbance of ['reset', 'end', 'stall', 'client killed'] as const) {
    const extra = [];
    for (let round = 1; round <= rounds; round++)
      extra.push((await saidWith(disturbance, (SIZE * round) / (rounds + 1))) - undisturbed);
    again[disturbance] = median(extra);
  }
  rmSync(source);
  const notes = Object.entries(again).map(
    ([disturbance, bytes]) => `${disturbance.padEnd(14)}${(bytes / 1024).toFixed(0)} KiB sent again`,
  );
  return [{ title: 'one file of 256 MiB, disturbed in the middle', notes, figures: again }];
}

async function said(disturbance: Disturbance, after: number, upload: Omit<Upload, 'port'>): Promise<number> {
  const isCut = disturbance !== 'nothing' && disturbance !== 'client killed';
  const cut: Cut | undefined = isCut ? { direction: 'up', after, how: disturbance } : undefined;
  await using proxy = await FlakyProxy.start(
    () => upload.pair.port,
    (connection) => ({ cut: connection === 0 ? cut : undefined }),
  );
  if (disturbance === 'client killed') await killedAt(after, proxy, upload);
  await put({ ...upload, port: proxy.port });
  rmSync(upload.pair.folder(upload.to), { recursive: true });
  return proxy.said;
}

async function killedAt(after: number, proxy: FlakyProxy, upload: Omit<Upload, 'port'>): Promise<void> {
  const client = start({ ...upload, port: proxy.port });
  const end = once(client, 'close');
  while (proxy.said < after && client.exitCode === null) await sleep(1);
  client.kill('SIGKILL');
  await end;
}

async function put(upload: Upload): Promise<void> {
  const client = start(upload);
  const [code] = (await once(client, 'close')) as [number | null];
  if (code !== 0) throw new Error(`sesame put ended with ${code ?? 'a signal'}`);
}

function start({ pair, source, port, to }: Upload): ReturnType<typeof execFile> {
  return execFile(SESAME, ['put', '-q', '--port', `${port}`, '--to', to, source], { env: pair.environment });
}
