import type { Socket } from 'node:net';
import { prefixOf } from '../base/addresses.ts';
import { type Clock, SECOND } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { Admission, type AdmissionLimits, type Admitted } from '../guard/admission.ts';
import { entryOf, type Doors } from '../guard/doors.ts';
import type { NewBlock } from '../guard/guard.ts';
import { proxiedSource } from './proxied.ts';

/** Who is turned away is logged together, so often: a flood must not become a flood of lines. */
const TURNED_AWAY_LOG = 10 * SECOND;
/** Of a blocked source, where it is told that it is blocked. */
const BLOCKED_CONNECTIONS = 4;

export interface FrontOptions {
  readonly doors: Doors;
  readonly limits: AdmissionLimits;
  /** Balancers, whose connections begin with a PROXY header. */
  readonly isBalancer: (address: string) => boolean;
  /** Whether who is blocked is told so, over HTTP, and not just turned away. */
  readonly tellsBlocked: boolean;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Why connections were turned away; `crowd`: too many at once, `room`: ended to make room. */
export type TurnedAway = 'blocked' | 'shut' | 'crowd' | 'room' | 'header';

/** A connection that was let in. */
export interface Visitor extends Admitted {
  /** Where it comes from: not the balancer in between. */
  readonly address: string;
  /** Whether it was ended by us, to make room or for a block: how it ended is not its doing then. */
  readonly wasTurnedAway: boolean;
  /** Its source is blocked: only a client that has proved its key before may go on with it. */
  readonly isForClients: boolean;
  /** It made a request that succeeded. */
  prove(): void;
  /** Ends it: its source is blocked. */
  block(): void;
}

/** What every connection to one listener goes through before a byte of it is looked at (GUARD.md 3, 5 and 6). */
export class Front {
  readonly #options: FrontOptions;
  readonly #admission: Admission;
  readonly #visitors = new Map<Visitor, { proven: boolean }>();
  readonly #bySocket = new Map<string, Visitor>();
  readonly #turnedAway: Record<TurnedAway, number> = { blocked: 0, shut: 0, crowd: 0, room: 0, header: 0 };
  #logged = { crowd: 0, room: 0, at: -Infinity };

  constructor(options: FrontOptions) {
    this.#options = options;
    this.#admission = new Admission(options.limits);
    options.doors.guard.onBlock((block) => {
      this.#end(block);
    });
  }

  get turnedAway(): Readonly<Record<TurnedAway, number>> {
    return this.#turnedAway;
  }

  /** @returns undefined where it was turned away, and its socket is closed or about to be */
  enter(socket: Socket): Visitor | undefined | Promise<Visitor | undefined> {
    socket.on('error', () => undefined);
    const { remoteAddress: address } = socket;
    if (address === undefined) {
      socket.destroy();
      return undefined;
    }
    return this.#options.isBalancer(address)
      ? this.#enterBehind(socket, address)
      : this.#admit(socket, address);
  }

  /** Of a connection that was let in, also where TLS is between it and who asks. */
  visitorOf({
    remoteAddress,
    remotePort,
  }: {
    readonly remoteAddress?: string | undefined;
    readonly remotePort?: number | undefined;
  }): Visitor | undefined {
    return this.#bySocket.get(nameOf(remoteAddress, remotePort));
  }

  /** Called now and then. */
  logTurnedAway(): void {
    const { clock, log } = this.#options;
    const { crowd, room } = this.#turnedAway;
    const now = clock.monotonic();
    const any = crowd + room > this.#logged.crowd + this.#logged.room;
    if (!any || now - this.#logged.at < TURNED_AWAY_LOG) return;
    log.warning('more connections than are let in', {
      turned_away: crowd - this.#logged.crowd,
      made_room: room - this.#logged.room,
    });
    this.#logged = { crowd, room, at: now };
  }

  async #enterBehind(socket: Socket, balancer: string): Promise<Visitor | undefined> {
    try {
      const address = await proxiedSource(socket, balancer);
      return socket.destroyed ? undefined : this.#admit(socket, address);
    } catch (error) {
      this.#options.log.info('no PROXY header from a balancer', { balancer, why: messageOf(error) });
      this.#turnAway(socket, 'header');
      return undefined;
    }
  }

  #admit(socket: Socket, address: string): Visitor | undefined {
    let wasTurnedAway = false;
    let isForClients = false;
    const turnAway = (why: TurnedAway): void => {
      if (socket.destroyed) return;
      wasTurnedAway = true;
      this.#turnAway(socket, why);
    };
    const visitor: Visitor = {
      address,
      prefix: prefixOf(address),
      get wasTurnedAway() {
        return wasTurnedAway;
      },
      evict: () => {
        turnAway('room');
      },
      block: () => {
        turnAway('blocked');
      },
      get isForClients() {
        return isForClients;
      },
      prove: () => {
        this.#admission.prove(visitor);
        const known = this.#visitors.get(visitor);
        if (known) known.proven = true;
      },
    };
    const objection = this.#objectionTo(visitor);
    isForClients = objection === 'blocked' && this.#mayTryAsClient(address);
    const why =
      (isForClients ? undefined : objection) ?? (this.#admission.admit(visitor) ? undefined : 'crowd');
    if (why !== undefined) {
      turnAway(why);
      return undefined;
    }
    const name = nameOf(socket.remoteAddress, socket.remotePort);
    this.#visitors.set(visitor, { proven: false });
    this.#bySocket.set(name, visitor);
    socket.once('close', () => {
      this.#admission.leave(visitor);
      this.#visitors.delete(visitor);
      this.#bySocket.delete(name);
    });
    return visitor;
  }

  #objectionTo({ address, prefix }: Visitor): 'shut' | 'blocked' | undefined {
    const { doors, tellsBlocked } = this.#options;
    const entry = entryOf(doors, address);
    const isTold = tellsBlocked && this.#admission.countOf(prefix) < BLOCKED_CONNECTIONS;
    return entry === 'open' || (entry === 'blocked' && isTold) ? undefined : entry;
  }

  /** Neighbours of who is blocked, where it is not told so: a client that is known has a key to show. */
  #mayTryAsClient(address: string): boolean {
    const { doors, tellsBlocked } = this.#options;
    return !tellsBlocked && doors.guard.mayTryAsClient(doors.guard.sourceOf(address));
  }

  /** Reset: a closing handshake would be work for who is not wanted. */
  #turnAway(socket: Socket, why: TurnedAway): void {
    this.#turnedAway[why] += 1;
    socket.resetAndDestroy();
  }

  /** Those of a source that has just been blocked. */
  #end({ who, by }: NewBlock): void {
    const { doors, tellsBlocked } = this.#options;
    if (tellsBlocked && by === 'score') return;
    for (const [visitor, { proven }] of this.#visitors) {
      // Compared first: with thousands of visitors, and a block for each of thousands of sources, all else would be felt.
      if (visitor.prefix !== who || doors.guard.sourceOf(visitor.address) !== who) continue;
      if (by === 'operator' || !proven) visitor.block();
    }
  }
}

function nameOf(address: string | undefined, port: number | undefined): string {
  return `${address ?? ''} ${port ?? 0}`;
}
