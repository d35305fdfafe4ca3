// The worker's side of thread-call.test.ts.
import { workerData } from 'node:worker_threads';
import { SesameError } from '../../../src/base/errors.ts';
import { Moved, serveThread } from '../../../src/base/thread-call.ts';

const calls: number[] = [];

const trialThread = {
  double: (number: number): number => 2 * number,
  /** @returns how many calls of it came before, and with what */
  note: async (number: number): Promise<readonly number[]> => {
    const before = [...calls];
    calls.push(number);
    return before;
  },
  data: (): unknown => workerData as unknown,
  raise: (shared: Int32Array): void => {
    shared[0] = 42;
  },
  /** @returns the same block, each byte raised by one */
  pass: ({ block }: { readonly block: ArrayBuffer }): Moved<{ readonly block: ArrayBuffer }> => {
    const bytes = new Uint8Array(block);
    bytes.forEach((byte, index) => (bytes[index] = byte + 1));
    return new Moved({ block }, [block]);
  },
  refuse: (): never => {
    throw new SesameError('bad-key', 'not that key');
  },
  refuseLater: async (): Promise<never> => Promise.reject(new SesameError('disk-full', 'no room')),
  fail: (): never => {
    throw new TypeError('a fault');
  },
  hang: (): Promise<never> => new Promise(() => undefined),
  spin: (started: Int32Array): never => {
    Atomics.store(started, 0, 1);
    Atomics.notify(started, 0);
    for (;;);
  },
  take: (value: unknown): unknown => value,
  giveUncloneable: async (): Promise<unknown> => () => undefined,
  crash: (): void => {
    setImmediate(() => {
      throw new Error('crashed');
    });
  },
  leave: (): void => {
    setImmediate(() => process.exit(0));
  },
};
export type TrialThreadApi = typeof trialThread;

serveThread(trialThread);
