import type { Registry } from 'prom-client';
import type { ConsoleParts } from './console-parts.ts';
import { OLD_REPORT } from '../transfer/watch-ports.ts';
import { watchedGauge } from './watched-metrics.ts';

/** Who asks to join, and what waits on the machines (HTTP.md 7). No name is in a label. */
export function fleetMetrics(registers: Registry[], { registrar, watchReports }: ConsoleParts): void {
  const gauge = (name: string, help: string, read: () => Promise<number>): void => {
    watchedGauge(registers, { name, help }, async () => [[{}, await read()]]);
  };
  gauge(
    'sesame_join_requests',
    'Machines that ask to join and wait for the operator',
    async () => (await registrar.queue.list()).filter(({ deniedAt }) => deniedAt === null).length,
  );
  const totals = () => watchReports.totals(Date.now() - OLD_REPORT);
  const ageOf = (time: number | null): number =>
    time === null ? 0 : Math.max(0, (Date.now() - time) / 1000);
  gauge(
    'sesame_watch_clients',
    'Machines that told what they have waiting',
    async () => (await totals()).clients,
  );
  gauge('sesame_watch_files', 'Files that wait on them', async () => (await totals()).files);
  gauge('sesame_watch_bytes', 'Their content', async () => (await totals()).bytes);
  gauge(
    'sesame_watch_failing_clients',
    'Machines with failures: of files, folders, or watches',
    async () => (await totals()).failing,
  );
  gauge('sesame_watch_oldest_seconds', 'How long the oldest of these files has waited', async () =>
    ageOf((await totals()).oldest),
  );
  gauge(
    'sesame_watch_silent_clients',
    'Machines that have told nothing for an hour',
    async () => (await totals()).silent,
  );
  gauge('sesame_watch_oldest_report_seconds', 'Age of the oldest report', async () =>
    ageOf((await totals()).oldestReport),
  );
}
