// How V8 looks after the heap; its flags hold for every thread.
import { setFlagsFromString } from 'node:v8';

/**
 * While the program loads: most of what that makes stays, and would let the young generation grow to 32 MiB that nobody
 * needs from then on.
 */
export function collectForLoading(): void {
  // Requests by the thousand leave garbage by the hundred MiB where the heap may double before it is looked through.
  setFlagsFromString('--heap-growing-percent=20');
  setFlagsFromString('--semi-space-growth-factor=1');
}

/** With work to do: a young generation that may not grow costs a tenth of the speed with small files. */
export function collectForServing(): void {
  setFlagsFromString('--semi-space-growth-factor=2');
}
