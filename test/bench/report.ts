// Tables for people, JSON for programs.
import { cpus } from 'node:os';
import { mib } from './format.ts';
import type { Load, Standing } from './contest.ts';
import type { RowReport } from './row.ts';

export function printTable({ title, load, standings, notes, once }: RowReport, rounds: number): void {
  console.log(`\n${title}, ${once || rounds === 1 ? 'one run' : `median of ${rounds} rounds`}`);
  if (load && standings && standings.length > 0) {
    const first = standings.find(({ name }) => name === 'sesame');
    console.table(Object.fromEntries(standings.map((each) => [label(each.name), line(each, load, first)])));
  }
  for (const note of notes) console.log(note);
}

export function printJson(reports: readonly RowReport[], rounds: number): void {
  const processors = cpus();
  const machine = { cpus: processors.length, model: processors[0]?.model, node: process.version };
  console.log(JSON.stringify({ machine, rounds, rows: reports }, null, 2));
}

function label(name: string): string {
  return name === 'sesame' ? 'sesame (durable)' : name;
}

/** The last two columns say how many times as long, and as much CPU time, somebody needs as sesame does. */
function line(standing: Standing, load: Load, sesame: Standing | undefined): Record<string, string> {
  const rate = load.files > 1 ? [load.files, 'files/s'] : [load.bytes / 1024 ** 2, 'MiB/s'];
  return {
    'wall s': standing.wall.toFixed(2),
    rate: `${(Number(rate[0]) / standing.wall).toFixed(0)} ${rate[1] ?? ''}`,
    'CPU s': standing.cpu.toFixed(2),
    'client CPU s': standing.clientCpu.toFixed(2),
    'server CPU s': standing.serverCpu.toFixed(2),
    'client peak': mib(standing.clientPeak),
    'server peak': mib(standing.serverPeak),
    ...(sesame && {
      'wall ÷ sesame': (standing.wall / sesame.wall).toFixed(2),
      'CPU ÷ sesame': (standing.cpu / sesame.cpu).toFixed(2),
    }),
  };
}
