import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

/** What one run of a program cost. Seconds, and bytes of peak resident memory. */
export interface Cost {
  readonly wall: number;
  readonly cpu: number;
  readonly peak: number;
}

const TICKS_PER_SECOND = 100; // USER_HZ on every Linux that Node runs on
const SAMPLE_INTERVAL = 10;

/** Runs a program to its end. @throws when it fails */
export async function runMeasured(program: string, args: readonly string[]): Promise<Cost> {
  const begin = performance.now();
  const child = spawn('bash', ['-c', 'TIMEFORMAT="%U %S"; time "$0" "$@" >/dev/null', program, ...args], {
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
  const [user = NaN, system = NaN] = (stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  return { wall, cpu: user + system, peak: NaN };
}

/** Watches a process that goes on living: what it and its ended children used between two moments. */
export class ProcessWatch {
  readonly #pid: number;
  #cpuBefore = 0;
  #peak = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(pid: number) {
    this.#pid = pid;
  }

  start(): void {
    this.#cpuBefore = this.#cpu();
    this.#peak = 0;
    // Sets the kernel's high-water mark back to what is resident now.
    writeFileSync(`/proc/${this.#pid}/clear_refs`, '5');
    this.#timer = setInterval(() => (this.#peak = Math.max(this.#peak, this.#resident())), SAMPLE_INTERVAL);
  }

  stop(): { cpu: number; peak: number } {
    clearInterval(this.#timer);
    return { cpu: this.#cpu() - this.#cpuBefore, peak: Math.max(this.#peak, this.#resident()) };
  }

  #cpu(): number {
    const stat = readFileSync(`/proc/${this.#pid}/stat`, 'utf8');
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    return [11, 12, 13, 14].reduce((sum, field) => sum + (fields[field] ?? NaN), 0) / TICKS_PER_SECOND;
  }

  #resident(): number {
    const status = readFileSync(`/proc/${this.#pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}
