// A TCP proxy that makes a loopback connection as slow to answer as a far one: what is said arrives later, and nothing
// else changes. It is a program of its own, so that it does not take the time of whoever measures:
//
//   node test/support/delay-proxy.ts PORT DELAY      prints the port that leads to PORT, DELAY ms each way
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** What may be on its way in one direction: 64 MiB in 25 ms are more than two processors can say. */
const MOST_ON_THE_WAY = 64 * 1024 * 1024;
/** The rest of a chunk that cannot be written at once waits here, not in the socket. */
const MOST_UNWRITTEN = 4 * 1024 * 1024;

type End = 'end' | 'reset';

interface Item {
  readonly due: number;
  readonly what: Buffer | End;
}

/** One direction of a connection. */
class DelayLine {
  readonly #to: Socket;
  readonly #from: Socket;
  readonly #delay: number;
  #items: Item[] = [];
  #first = 0;
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #isStuck = false;

  constructor(from: Socket, to: Socket, delay: number) {
    this.#from = from;
    this.#to = to;
    this.#delay = delay;
    from.on('data', (chunk: Buffer) => {
      this.#bytes += chunk.length;
      if (this.#bytes > MOST_ON_THE_WAY) from.pause();
      this.#add(chunk);
    });
    from.once('end', () => {
      this.#add('end');
    });
    from.once('error', () => {
      this.#add('reset');
    });
    to.on('drain', () => {
      this.#isStuck = false;
      this.#deliver();
    });
  }

  #add(what: Buffer | End): void {
    this.#items.push({ due: performance.now() + this.#delay, what });
    this.#wait();
  }

  #wait(): void {
    const next = this.#items[this.#first];
    if (next === undefined || this.#timer !== undefined || this.#isStuck) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#deliver();
      },
      Math.max(0, next.due - performance.now()),
    );
  }

  /** Everything that is due, as far as the receiver takes it. */
  #deliver(): void {
    const now = performance.now();
    this.#to.cork();
    for (let next = this.#items[this.#first]; next !== undefined && next.due <= now;) {
      if (this.#to.writableLength > MOST_UNWRITTEN) {
        this.#isStuck = true;
        break;
      }
      this.#first += 1;
      this.#pass(next.what);
      next = this.#items[this.#first];
    }
    this.#to.uncork();
    if (this.#first === this.#items.length || this.#first > 1024) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
    if (this.#from.isPaused() && this.#bytes < MOST_ON_THE_WAY) this.#from.resume();
    this.#wait();
  }

  #pass(what: Buffer | End): void {
    if (what === 'end') this.#to.end();
    else if (what === 'reset') this.#to.resetAndDestroy();
    else {
      this.#bytes -= what.length;
      this.#to.write(what);
    }
  }
}

async function serve(target: number, delay: number): Promise<void> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const far = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    for (const [from, to] of [
      [client, far],
      [far, client],
    ] as const)
      new DelayLine(from, to, delay);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  console.log((server.address() as AddressInfo).port);
}

const [target, delay] = process.argv.slice(2).map(Number);
if (target === undefined || delay === undefined) throw new Error('usage: delay-proxy.ts PORT DELAY');
await serve(target, delay);
