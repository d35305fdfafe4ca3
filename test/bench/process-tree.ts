// What a process and all that descend from it have used, from /proc.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100; // USER_HZ on every Linux that Node runs on

/** The process and its living descendants. */
export function processTree(root: number): number[] {
  const tree = [root];
  for (const pid of tree) tree.push(...childrenOf(pid));
  return tree;
}

/** A child belongs to the thread that started it. */
function childrenOf(pid: number): number[] {
  const lists = threadsOf(pid).map((thread) => read(`/proc/${pid}/task/${thread}/children`));
  return lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number));
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** Seconds of CPU time that the processes and the children that they have waited for have used. */
export function cpuOf(pids: readonly number[]): number {
  const ticks = pids.map((pid) => (statOf(pid) ?? []).slice(11, 15).reduce((sum, value) => sum + value, 0));
  return ticks.reduce((sum, value) => sum + value, 0) / TICKS_PER_SECOND;
}

/** The most bytes that the process has had resident since `forgetPeak`; 0 for one that has ended. */
export function peakOf(pid: number): number {
  const status = read(`/proc/${pid}/status`);
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}

/** Sets the system's high-water mark back to what is resident now. */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** The fields of /proc/PID/stat behind the program's name, as numbers. */
function statOf(pid: number): number[] | undefined {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === '') return undefined;
  return stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
}

/** A file of a process, empty when the process has ended. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
