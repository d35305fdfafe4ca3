// A TCP proxy that breaks connections at chosen bytes.
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Fault {
  /** `up` is what the client sends. */
  readonly direction: 'up' | 'down';
  /** So many bytes pass. */
  readonly after: number;
  readonly how: 'reset' | 'end';
  /** Every chunk waits so many ms. */
  readonly delay?: number;
}

export class FaultyProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #target: () => number;
  readonly #sockets = new Set<Socket>();
  readonly #nextFault: (connection: number) => Fault | undefined;
  #connections = 0;
  #broken = 0;

  private constructor(target: () => number, nextFault: (connection: number) => Fault | undefined) {
    this.#target = target;
    this.#nextFault = nextFault;
    this.#server = createServer((client) => {
      this.#serve(client);
    });
  }

  /** `nextFault` is asked at each connection, which are counted from 0. */
  static async start(
    target: () => number,
    nextFault: (connection: number) => Fault | undefined,
  ): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(target, nextFault);
    await once(proxy.#server.listen(0, '127.0.0.1'), 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get connections(): number {
    return this.#connections;
  }

  /** How many connections have met their fault. */
  get broken(): number {
    return this.#broken;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(client: Socket): void {
    const fault = this.#nextFault(this.#connections++);
    const server = connect(this.#target(), '127.0.0.1');
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {}); // "close" follows
      socket.on('close', () => {
        this.#sockets.delete(socket);
        // What was read from it may still be on its way through.
        const other = socket === client ? server : client;
        other.destroySoon();
      });
    }
    const cut = (): void => {
      this.#broken += 1;
      for (const socket of [client, server]) {
        if (fault?.how === 'reset') socket.resetAndDestroy();
        else socket.destroySoon();
      }
    };
    void pass(client, server, fault, fault?.direction === 'up' ? cut : undefined);
    void pass(server, client, fault, fault?.direction === 'down' ? cut : undefined);
  }
}

/** Passes everything on; with `cut`, as far as the fault. */
async function pass(from: Socket, to: Socket, fault: Fault | undefined, cut?: () => void): Promise<void> {
  let left = cut && fault ? fault.after : Infinity;
  try {
    const chunks: AsyncIterable<Buffer> = from.iterator({ destroyOnReturn: false });
    for await (const chunk of chunks) {
      if (fault?.delay !== undefined) await sleep(fault.delay);
      const part = chunk.subarray(0, Math.min(left, chunk.length));
      left -= part.length;
      if (part.length > 0 && !to.write(part)) await once(to, 'drain');
      if (left === 0) break;
    }
    if (left === 0) cut?.();
    else to.end();
  } catch {
    to.destroy();
  }
}

/** Numbers from 0 to 1 that look random, the same for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
