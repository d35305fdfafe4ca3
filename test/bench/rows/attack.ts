import { AttackedServer, type Attack } from '../../support/attacked-server.ts';
import { mib } from '../format.ts';
import type { RowOptions, RowReport } from '../row.ts';
import { ServerWatch } from '../server-watch.ts';
import type { Stage } from '../stage.ts';

const TIME = 8000;
const CLIENTS = 4;

const ATTACKS: Readonly<Record<Attack | 'none', string>> = {
  none: 'nobody attacks',
  transfer: 'connections and garbage from 130,000 sources on the transfer port',
  http: 'scans of HTTP from as many',
  knock: 'forged knocks, before a gate',
};

/** Small and large files of four clients by version 4, alone and beside attacks at full speed, on the same machine. */
export async function attack(_stage: Stage, { rounds }: RowOptions): Promise<readonly RowReport[]> {
  const notes: string[] = [];
  const figures: Record<string, number> = {};
  for (const kind of ['none', 'transfer', 'http', 'knock'] as const) {
    const took: number[] = [];
    let attempts = 0;
    let peak = 0;
    for (let round = 0; round < rounds; round++) {
      await using attacked = await AttackedServer.start(kind === 'none' ? null : kind);
      const attacker = kind === 'none' ? undefined : await attacked.attack(kind);
      const watch = new ServerWatch(attacked.server.pid);
      watch.start();
      const names = Array.from({ length: CLIENTS }, (_, i) => `client ${i}`);
      took.push(...(await Promise.all(names.map((name) => attacked.upload(name, TIME)))).flat());
      peak = Math.max(peak, (await watch.stop()).peak);
      attempts += Number((await attacker?.stop('SIGTERM'))?.stdout.split('\n')[1] ?? 0);
    }
    took.sort((a, b) => a - b);
    const at = (part: number): number => took[Math.floor(part * (took.length - 1))] ?? NaN;
    const rate = attempts / ((rounds * TIME) / 1000);
    notes.push(
      `${ATTACKS[kind]} (${rate.toFixed(0)}/s): ${took.length} files, p50 ${at(0.5).toFixed(1)} ms, ` +
        `p99 ${at(0.99).toFixed(1)} ms, longest ${at(1).toFixed(0)} ms; server peak ${mib(peak)}`,
    );
    Object.assign(figures, {
      ...{ [`${kind}_p50_ms`]: at(0.5), [`${kind}_p99_ms`]: at(0.99) },
      ...{ [`${kind}_attempts_per_second`]: rate, [`${kind}_peak_bytes`]: peak },
    });
  }
  return [{ title: 'honest uploads beside an attack', notes, figures }];
}
