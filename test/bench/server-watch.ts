import { setTimeout as sleep } from 'node:timers/promises';
import { cpuOf, forgetPeak, peakOf, processTree } from './process-tree.ts';

const SAMPLE_INTERVAL = 25;
const SETTLE_LIMIT = 5000;

/** Watches a server that goes on living, with the processes that it starts for a connection. */
export class ServerWatch {
  readonly #pid: number;
  #atRest = 0;
  #cpuBefore = 0;
  #peak = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(pid: number) {
    this.#pid = pid;
  }

  start(): void {
    const tree = processTree(this.#pid);
    for (const pid of tree) forgetPeak(pid);
    this.#atRest = tree.length;
    this.#cpuBefore = cpuOf(tree);
    this.#peak = 0;
    this.#timer = setInterval(() => {
      this.#sample();
    }, SAMPLE_INTERVAL);
  }

  /** What was used since `start`: seconds of CPU time, and the peak of its largest process in bytes. */
  async stop(): Promise<{ readonly cpu: number; readonly peak: number }> {
    // What a connection's process has used is counted when its parent has waited for it.
    const end = performance.now() + SETTLE_LIMIT;
    while (processTree(this.#pid).length > this.#atRest && performance.now() < end) await sleep(5);
    this.end();
    this.#sample();
    return { cpu: cpuOf(processTree(this.#pid)) - this.#cpuBefore, peak: this.#peak };
  }

  end(): void {
    clearInterval(this.#timer);
  }

  #sample(): void {
    this.#peak = Math.max(this.#peak, ...processTree(this.#pid).map(peakOf));
  }
}
