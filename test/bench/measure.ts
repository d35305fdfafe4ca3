import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';

/** What one run of a program cost. Seconds, and bytes of resident memory: the peak of its largest process. */
export interface Cost {
  readonly wall: number;
  readonly cpu: number;
  readonly peak: number;
}

/**
 * Runs a program to its end. CPU time and memory are those that the system reports to who waits for it: its own and
 * those of its ended children. @throws when it fails
 */
export async function runMeasured(
  program: string,
  args: readonly string[],
  options: { readonly notes: string; readonly env?: NodeJS.ProcessEnv },
): Promise<Cost> {
  rmSync(options.notes, { force: true });
  const begin = performance.now();
  const child = spawn('time', ['-q', '-o', options.notes, '-f', '%U %S %M', program, ...args], {
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const wall = (performance.now() - begin) / 1000;
  if (code !== 0) throw new Error(`${program} ended with ${code ?? 'a signal'}: ${stderr}`);
  const [user = NaN, system = NaN, kib = NaN] = readFileSync(options.notes, 'utf8').split(' ').map(Number);
  return { wall, cpu: user + system, peak: kib * 1024 };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}
