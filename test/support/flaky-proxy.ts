// A TCP proxy over which connections come to harm as on a bad network: they are cut, they stall, and what is said comes in
// other pieces and at other times than it was sent in. Every byte that passes is the one that was sent.
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** How a connection ends early. */
export interface Cut {
  /** `up` is what the client sends. */
  readonly direction: 'up' | 'down';
  /** So many bytes pass. */
  readonly after: number;
  /** `stall` takes what the client sends for a while without passing it on, and then resets. */
  readonly how: 'reset' | 'end' | 'stall';
}

/** What is done with a chunk that has come in. Times in ms. */
export interface Shape {
  /** Waits before, and passes on what has come in the meantime with it. */
  readonly hold?: number;
  /** So many pieces, or fewer. */
  readonly pieces?: number;
  /** Between two pieces. */
  readonly pause?: number;
}

export interface Plan {
  readonly cut?: Cut | undefined;
  /** Asked for each chunk. */
  readonly shape?: () => Shape;
}

const STALL = 300;
const AS_IT_COMES = (): Shape => ({});

export class FlakyProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #target: () => number;
  readonly #plan: (connection: number) => Plan;
  readonly #sockets = new Set<Socket>();
  readonly #clients = new WeakSet<Socket>();
  #connections = 0;
  #cuts = 0;
  #said = 0;

  private constructor(target: () => number, plan: (connection: number) => Plan) {
    this.#target = target;
    this.#plan = plan;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      this.#serve(client);
    });
  }

  /** In front of whatever port `target` names at the time; `plan` is asked for each connection, counted from 0. */
  static async start(target: () => number, plan: (connection: number) => Plan): Promise<FlakyProxy> {
    const proxy = new FlakyProxy(target, plan);
    await once(proxy.#server.listen(0, '127.0.0.1'), 'listening');
    return proxy;
  }

  /** As `start`, where connections are cut and nothing else: `cut` says which. */
  static async cutting(
    target: () => number,
    cut: (connection: number) => Cut | undefined,
  ): Promise<FlakyProxy> {
    return FlakyProxy.start(target, (connection) => ({ cut: cut(connection) }));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get connections(): number {
    return this.#connections;
  }

  /** How many connections have been cut. */
  get cuts(): number {
    return this.#cuts;
  }

  /** The bytes that clients have said, passed on or not. */
  get said(): number {
    return this.#said;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(client: Socket): void {
    const { cut, shape = AS_IT_COMES } = this.#plan(this.#connections++);
    this.#clients.add(client);
    const server = connect({ port: this.#target(), host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => {}); // "close" follows
      socket.on('close', (failed) => {
        this.#sockets.delete(socket);
        if (failed) other.resetAndDestroy();
        else other.destroySoon();
      });
    }
    const on = (direction: Cut['direction']): Cut | undefined =>
      cut?.direction === direction ? cut : undefined;
    void this.#pass(new Inlet(client), server, shape, on('up'));
    void this.#pass(new Inlet(server), client, shape, on('down'));
  }

  /** Passes everything on, as far as the cut. */
  async #pass(from: Inlet, to: Socket, shape: () => Shape, cut: Cut | undefined): Promise<void> {
    let left = cut?.after ?? Infinity;
    for (;;) {
      const { hold, pieces, pause } = shape();
      const chunk = await from.next(hold);
      if (chunk === undefined) break;
      this.#count(from, chunk);
      const part = chunk.subarray(0, Math.min(left, chunk.length));
      for (const piece of piecesOf(part, pieces)) {
        if (!to.write(piece)) await drained(to);
        if (pause !== undefined) await sleep(pause);
      }
      left -= part.length;
      if (cut !== undefined && left === 0) return this.#end(cut, from, to);
    }
    if (!to.destroyed) to.end();
  }

  async #end({ how }: Cut, from: Inlet, to: Socket): Promise<void> {
    this.#cuts += 1;
    if (how === 'stall') {
      const end = performance.now() + STALL;
      while (performance.now() < end) {
        const chunk = await Promise.race([from.next(), sleep(end - performance.now())]);
        if (chunk === undefined) break;
        this.#count(from, chunk);
      }
    }
    for (const socket of [from.socket, to]) {
      if (how === 'end') socket.destroySoon();
      else socket.resetAndDestroy();
    }
  }

  #count(from: Inlet, chunk: Buffer): void {
    if (this.#clients.has(from.socket)) this.#said += chunk.length;
  }
}

/** What a socket receives, taken when it is wanted. */
class Inlet {
  readonly socket: Socket;
  #news = Promise.withResolvers<undefined>();

  constructor(socket: Socket) {
    this.socket = socket;
    for (const event of ['readable', 'end', 'close'])
      socket.on(event, () => {
        this.#news.resolve(undefined);
        this.#news = Promise.withResolvers();
      });
  }

  /** Everything that is there `hold` ms after there was something; undefined at the end. */
  async next(hold?: number): Promise<Buffer | undefined> {
    if (hold !== undefined && (await this.#arrived())) await sleep(hold);
    return (await this.#arrived()) ? (this.socket.read() as Buffer) : undefined;
  }

  async #arrived(): Promise<boolean> {
    while (this.socket.readableLength === 0) {
      // Who has read everything learns of the end only by reading on.
      this.socket.read(0);
      if (this.socket.readableEnded || this.socket.destroyed) return false;
      await this.#news.promise;
    }
    return true;
  }
}

/** Resolves when the socket takes more, or is gone. */
async function drained(socket: Socket): Promise<void> {
  const done = new AbortController();
  const { signal } = done;
  if (!socket.destroyed) {
    // It fails where the socket does: then it is gone as well.
    await Promise.race([once(socket, 'drain', { signal }), once(socket, 'close', { signal })]).catch(
      () => {},
    );
  }
  done.abort();
}

function* piecesOf(chunk: Buffer, pieces = 1): Generator<Buffer> {
  const size = Math.ceil(chunk.length / pieces);
  for (let at = 0; at < chunk.length; at += size) yield chunk.subarray(at, at + size);
}
