import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { prefixOf } from '../base/addresses.ts';
import { type Clock, SECOND } from '../base/clock.ts';
import type { Gatekeeper } from '../gate/gatekeeper.ts';
import type { KnockCheck } from '../gate/knock-check.ts';
import { Admission } from '../guard/admission.ts';
import type { Guard } from '../guard/guard.ts';
import { KNOCK_BYTES } from '../protocol/knock.ts';
import { LONGEST_LINE, wordSaid, type KnockWords } from '../gate/knock-words.ts';

/** For all that is said on one connection. */
const TIME = 5 * SECOND;
const LIMITS = { connections: 256, unproven: 128, perPrefix: 8 };
const TLS_HANDSHAKE = 0x16;
const MARK = Buffer.from('SKN1');
const LINE_END = 0x0a;

interface KnockDoorParts {
  readonly guard: Pick<Guard, 'sourceOf' | 'blockedFor' | 'offence'>;
  /** Null where there is no gate: only who is blocked has business here then. */
  readonly gate: {
    readonly keeper: Gatekeeper;
    readonly check: KnockCheck;
    readonly words: KnockWords | null;
  } | null;
  /** How long a word opens, ms. */
  readonly openTime: number;
  /** Speaks TLS with who is blocked and wants back in. */
  readonly recover: (socket: Socket, address: string) => Promise<void>;
  readonly clock: Clock;
}

/** The knock port over TCP (PROTOCOL.md part 3): a message, a word, or the way back for who is blocked. */
export class KnockDoor {
  readonly #parts: KnockDoorParts;
  readonly #admission = new Admission(LIMITS);
  readonly #sockets = new Set<Socket>();

  constructor(parts: KnockDoorParts) {
    this.#parts = parts;
  }

  makeServer(): Server {
    return createServer({ allowHalfOpen: true }, (socket) => {
      this.#accept(socket);
    });
  }

  /** Ends all that is being said. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #accept(socket: Socket): void {
    socket.on('error', () => undefined);
    const { remoteAddress: address } = socket;
    const peer = { prefix: prefixOf(address ?? ''), evict: () => socket.resetAndDestroy() };
    if (address === undefined || !this.#admission.admit(peer)) {
      socket.resetAndDestroy();
      return;
    }
    this.#sockets.add(socket);
    const timer = setTimeout(() => socket.destroy(), TIME);
    socket.once('close', () => {
      clearTimeout(timer);
      this.#admission.leave(peer);
      this.#sockets.delete(socket);
    });
    // What fails here, a database that is full say, fails for this connection alone.
    void this.#listen(socket, address)
      .catch(() => undefined)
      .finally(() => socket.destroySoon());
  }

  async #listen(socket: Socket, address: string): Promise<void> {
    const { guard, gate, recover } = this.#parts;
    const source = guard.sourceOf(address);
    const said = await readSaid(socket);
    const isBlocked = guard.blockedFor(source) > 0;
    if (said[0] === TLS_HANDSHAKE && isBlocked) {
      socket.unshift(said);
      await recover(socket, address);
    } else if (!isBlocked && gate && said.byteLength > 0) {
      const isTaken = said.subarray(0, MARK.byteLength).equals(MARK)
        ? await this.#knock(said, address)
        : await this.#word(socket, said, address);
      if (!isTaken) guard.offence(source, 'bad-knock');
    }
  }

  async #knock(message: Buffer, address: string): Promise<boolean> {
    const { gate, clock } = this.#parts;
    if (!gate) return false;
    const found = gate.check.check(message, address, clock.now());
    if (typeof found !== 'string')
      return ['opened', 'closed', 'failed'].includes(await gate.keeper.knock(found));
    gate.keeper.count(found);
    return false;
  }

  async #word(socket: Socket, said: Buffer, address: string): Promise<boolean> {
    const { gate, openTime } = this.#parts;
    const word = gate?.words && wordSaid(said.toString('latin1').replace(/\r?\n.*$/s, ''), gate.words);
    if (!gate?.words || word === undefined) {
      gate?.keeper.count('malformed');
      return false;
    }
    const isOpen = word === 'open';
    try {
      if (isOpen) await gate.keeper.open(address, openTime, 'word');
      else await gate.keeper.close(address, 'word');
      gate.keeper.count(isOpen ? 'opened' : 'closed');
      if (gate.words.answers) socket.end(isOpen ? `open for ${openTime / SECOND} seconds\n` : 'closed\n');
    } catch {
      gate.keeper.count('failed');
      if (gate.words.answers) socket.end('the gate cannot be moved just now\n');
    }
    return true;
  }
}

/** All that is said, as far as it is needed: a whole message, a line, or the first byte of TLS. */
function readSaid(socket: Socket): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  let said: Buffer = Buffer.alloc(0);
  const leave = (): void => {
    socket.off('data', onData).off('end', leave).off('close', leave);
    socket.pause();
    resolve(said);
  };
  const onData = (chunk: Buffer): void => {
    said = Buffer.concat([said, chunk]);
    const isMessage = said.subarray(0, MARK.byteLength).equals(MARK.subarray(0, said.byteLength));
    const enough = isMessage ? KNOCK_BYTES : LONGEST_LINE;
    const isLine = !isMessage && said.includes(LINE_END);
    if (said[0] === TLS_HANDSHAKE || isLine || said.byteLength >= enough) leave();
  };
  socket.on('data', onData).on('end', leave).on('close', leave);
  return promise;
}
