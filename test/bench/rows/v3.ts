import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RunningServer } from '../../support/running-server.ts';
import { SESAME } from '../../support/native-client.ts';
import { CONTENDERS } from '../contenders.ts';
import { contest, type Contender } from '../contest.ts';
import { mib } from '../format.ts';
import { runMeasured } from '../measure.ts';
import { writeRandomFile } from '../random-file.ts';
import type { RowOptions, RowReport } from '../row.ts';
import type { Stage } from '../stage.ts';

/** One large file over loopback by version 3. */
export async function v3(stage: Stage, options: RowOptions): Promise<readonly RowReport[]> {
  const path = join(stage.folder, 'source');
  await writeRandomFile(path, options.size);
  await using server = await RunningServer.start('--idle-exit', '3600');
  const transferInfo = join(stage.folder, 'transfer.info');
  writeFileSync(transferInfo, `127.0.0.1:${server.port}\nbench\nsource\n`);
  const sesame: Contender = {
    name: 'sesame',
    server: server.pid,
    target: () => server.file('bench', 'source'),
    send: () =>
      runMeasured(SESAME, ['send', transferInfo, '-q'], { notes: join(stage.folder, 'time-notes') }),
  };
  const scp = await CONTENDERS.scp(stage, { path, isFolder: false });
  const load = { files: 1, bytes: options.size };
  const standings = await contest([sesame, scp], load, options.rounds);
  rmSync(path);
  return [{ title: `one file of ${mib(options.size)} by version 3`, load, standings, notes: [] }];
}
