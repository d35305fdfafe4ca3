// Waiting for what no event tells of.
import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves when `condition` holds; rejects, saying `what`, when it does not within `limit` ms. */
export async function until(what: string, condition: () => Promise<boolean>, limit = 5000): Promise<void> {
  const end = performance.now() + limit;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`not within ${limit} ms: ${what}`);
    await sleep(20);
  }
}

/** Whether `promise` settles within `ms` milliseconds. */
export async function within(promise: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => {
      resolve(false);
    }, ms);
  });
  try {
    return await Promise.race([promise.then(() => true as const), late]);
  } finally {
    clearTimeout(timer);
  }
}
