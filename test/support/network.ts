// What the tests need of the machine's network.
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';

export const HAS_IPV6 = Object.values(networkInterfaces())
  .flat()
  .some((address) => address?.address === '::1');

/**
 * A port that is free on both loopbacks, of those that the system gives to nobody by itself: a server that is killed
 * can have it again.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(15_000, 32_000);
    if ((await isFree(port, '127.0.0.1')) && (!HAS_IPV6 || (await isFree(port, '::1')))) return port;
  }
}

/** Something that has the port, so that nobody else can: undefined where somebody has it already. */
export async function occupy(port: number, host = '127.0.0.1'): Promise<AsyncDisposable | undefined> {
  const server = createServer();
  try {
    await once(server.listen(port, host), 'listening');
  } catch {
    return undefined;
  }
  return {
    [Symbol.asyncDispose]: async () => {
      await once(server.close(), 'close');
    },
  };
}

async function isFree(port: number, host: string): Promise<boolean> {
  await using listener = await occupy(port, host);
  return listener !== undefined;
}
