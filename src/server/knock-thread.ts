import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { serveThread } from '../base/thread-call.ts';
import { KnockCheck, type KnockFault } from '../gate/knock-check.ts';
import type { AuthenticKnock } from '../gate/ports.ts';
import { KNOCK_BYTES } from '../protocol/knock.ts';

/** Authentic ones that nobody has fetched yet; more are lost, as datagrams may be. */
const MAX_WAITING = 1024;
/** Faults are told so often, ms. */
const TELL_FAULTS = 1000;
const RECEIVE_BUFFER = 256 * 1024;

/** What came since it was last asked for. */
export interface Knocks {
  readonly knocks: readonly AuthenticKnock[];
  readonly faults: Readonly<Partial<Record<KnockFault, number>>>;
}

let check: KnockCheck | undefined;
let sockets: readonly Socket[] = [];
let waiting: AuthenticKnock[] = [];
let faults: Partial<Record<KnockFault, number>> = {};
let onNews: (() => void) | undefined;

/** Datagrams at the knock port: in a thread of its own, so that a flood of them costs nobody else anything. */
const knockThread = {
  /** @param secret as `KnockCheck` has it */
  open(secret: Uint8Array, anySource: boolean): void {
    check = new KnockCheck(secret, anySource);
    setInterval(() => {
      if (Object.keys(faults).length > 0) onNews?.();
    }, TELL_FAULTS).unref();
  },

  setJoinLines(tokenHashes: readonly Uint8Array[]): void {
    check?.setJoinLines(tokenHashes);
  },

  /**
   * Takes the place of an earlier call that failed.
   *
   * @param port 0 for any free one
   * @returns the port, the same on each address
   */
  async bind(hosts: readonly string[], port: number): Promise<number> {
    const bound: Socket[] = [];
    try {
      for (const host of hosts) bound.push(await bindTo(host, bound[0]?.address().port ?? port));
    } catch (error) {
      for (const socket of bound) socket.close();
      throw error;
    }
    sockets = bound;
    return bound[0]?.address().port ?? 0;
  },

  /** Resolves as soon as there is something to tell. */
  async next(): Promise<Knocks> {
    if (waiting.length === 0) await new Promise<void>((resolve) => (onNews = resolve));
    onNews = undefined;
    const news = { knocks: waiting, faults };
    waiting = [];
    faults = {};
    return news;
  },

  close(): void {
    for (const socket of sockets) socket.close();
  },
};
export type KnockThreadApi = typeof knockThread;

serveThread(knockThread);

function bindTo(host: string, port: number): Promise<Socket> {
  const type = isIPv6(host) ? 'udp6' : 'udp4';
  const socket = createSocket({ type, recvBufferSize: RECEIVE_BUFFER });
  socket.on('message', (message, { address }) => {
    receive(message, address);
  });
  return new Promise((resolve, reject) => {
    socket.once('error', (error) => {
      socket.close();
      reject(error);
    });
    socket.bind({ address: host, port, exclusive: true }, () => {
      socket.removeAllListeners('error').on('error', () => undefined);
      resolve(socket);
    });
  });
}

function receive(message: Buffer, address: string): void {
  const found = message.byteLength === KNOCK_BYTES ? check?.check(message, address, Date.now()) : 'malformed';
  if (found === undefined) return;
  if (typeof found === 'string') faults[found] = (faults[found] ?? 0) + 1;
  else if (waiting.length < MAX_WAITING) {
    waiting.push(found);
    onNews?.();
  }
}
