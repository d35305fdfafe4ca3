// `sesame watch` over many files: its memory does not grow with them.
import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { IS_LONG } from '../loops/form.ts';
import { FastFolder } from '../support/fast-folder.ts';
import { RunningServer } from '../support/running-server.ts';
import { V4Folder } from '../support/v4-folder.ts';
import { receiptsOf, Watching } from '../support/watching.ts';

/** Enough to fill what the sending side reads ahead. */
const FEW = 50_000;
const MANY = Number(process.env['SESAME_WATCH_FILES'] ?? 110_000);
const LIMIT = 40 * MANY;

// Minutes: npm run loops.
test.skipIf(!IS_LONG)(`${MANY} files take as much memory as ${FEW}`, { timeout: LIMIT }, async () => {
  await using fast = await FastFolder.create();
  await using server = await RunningServer.startBelow(fast.path);
  const peaks: number[] = [];
  for (const count of [FEW, MANY]) {
    await using folder = await V4Folder.joined(server, `memory-${count}`);
    const place = `${fast.path}/${count}`;
    for (let i = 0; i < count; ++i) {
      if (i % 1000 === 0) mkdirSync(`${place}/${i}`, { recursive: true });
      writeFileSync(`${place}/${i - (i % 1000)}/${i}`, String(i));
    }
    const env = { XDG_STATE_HOME: `${place}-state` };
    const program = folder.program(['watch', '-q', '--settle', '0.2', place], { env, limit: LIMIT });
    await using watching = new Watching(program);
    await expect
      .poll(() => receiptsOf(server, `memory-${count}`), { timeout: LIMIT, interval: 500 })
      .toBe(count);
    peaks.push(await peakMiB(watching.program.pid));
    await watching.stop();
  }
  const [few = 0, many = 0] = peaks;
  expect(many - few).toBeLessThan(16);
});

async function peakMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024);
}
