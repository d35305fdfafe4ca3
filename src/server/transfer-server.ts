import type { Server, Socket } from 'node:net';
import { type Clock, SECOND } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { GetHandlerForCode } from '../handlers/get-handler-for-code.ts';
import { Admission, prefixOf, type Admitted } from './admission.ts';
import { Connection } from './connection.ts';
import { listen, type ListenAddress } from './listening.ts';
import type { PortChoice } from './port-choice.ts';
import type { V3Access } from './v3-access.ts';

const DEADLINE_CHECK = SECOND;
/** The refusals of admission are logged together, so often: a flood must not become a flood of lines. */
const TURNED_AWAY_LOG = 10 * SECOND;

export interface TransferServerOptions {
  /** On which the same port is bound. */
  readonly hosts: readonly string[];
  readonly port: PortChoice;
  readonly v3Access: V3Access;
  /** How long a connection may rest between requests, ms. */
  readonly restLimit: number;
  readonly getHandlerForCode: GetHandlerForCode;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The TCP listener of the transfer port and all its connections. */
export class TransferServer {
  readonly #options: TransferServerOptions;
  readonly #admission = new Admission();
  readonly #connections = new Set<Connection>();
  readonly #timer: NodeJS.Timeout;
  #servers: readonly Server[] = [];
  #addresses: readonly ListenAddress[] = [];
  #turnedAway = 0;
  #evicted = 0;
  #turnedAwayLogged = 0;
  #quietSince: number;
  #onAllGone: (() => void) | undefined;

  private constructor(options: TransferServerOptions) {
    this.#options = options;
    this.#quietSince = options.clock.monotonic();
    this.#timer = setInterval(() => {
      this.#check();
    }, DEADLINE_CHECK);
    this.#timer.unref();
  }

  /** @throws `port-taken`; `bad-setting` */
  static async start(options: TransferServerOptions): Promise<TransferServer> {
    const server = new TransferServer(options);
    try {
      const { servers, addresses } = await listen(options.hosts, options.port, (socket) => {
        server.#accept(socket);
      });
      server.#servers = servers;
      server.#addresses = addresses;
      return server;
    } catch (error) {
      clearInterval(server.#timer);
      throw error;
    }
  }

  get addresses(): readonly ListenAddress[] {
    return this.#addresses;
  }

  /** For how long nobody has been connected, ms. */
  get quietFor(): number {
    return this.#connections.size > 0 ? 0 : this.#options.clock.monotonic() - this.#quietSince;
  }

  /**
   * Takes no new connection and no new request; what is under way may finish.
   *
   * @param graceTime ms after which the rest is cut off
   */
  async stop(graceTime: number): Promise<void> {
    for (const server of this.#servers) server.close();
    for (const connection of this.#connections) connection.drain();
    if (this.#connections.size > 0) {
      const { log } = this.#options;
      log.info('waiting for connections to finish', {
        connections: this.#connections.size,
        grace_ms: graceTime,
      });
      const gone = new Promise<void>((resolve) => (this.#onAllGone = resolve));
      const timer = setTimeout(() => {
        log.warning('grace time is over', { cut_off: this.#connections.size });
        for (const connection of this.#connections) connection.destroy();
      }, graceTime);
      await gone;
      clearTimeout(timer);
    }
    clearInterval(this.#timer);
  }

  #accept(socket: Socket): void {
    const { getHandlerForCode, clock, log, restLimit, v3Access } = this.#options;
    const address = socket.remoteAddress;
    const peer: Admitted = {
      prefix: prefixOf(address ?? ''),
      evict: () => {
        this.#evicted += 1;
        socket.destroy();
      },
    };
    if (address === undefined || !v3Access(address) || !this.#admission.admit(peer)) {
      this.#turnedAway += 1;
      socket.destroy();
      return;
    }
    const connection = new Connection(socket, {
      getHandlerForCode,
      clock,
      log,
      restLimit,
      onProven: () => {
        this.#admission.prove(peer);
      },
    });
    this.#connections.add(connection);
    log.debug('connected', { peer: connection.peer });
    void connection.over.then(() => {
      this.#connections.delete(connection);
      this.#admission.leave(peer);
      this.#quietSince = clock.monotonic();
      log.debug('disconnected', { peer: connection.peer });
      if (this.#connections.size === 0) this.#onAllGone?.();
    });
  }

  #check(): void {
    for (const connection of this.#connections) connection.checkDeadlines();
    const now = this.#options.clock.monotonic();
    const any = this.#turnedAway + this.#evicted > 0;
    if (!any || now - this.#turnedAwayLogged < TURNED_AWAY_LOG) return;
    this.#options.log.warning('more connections than are let in', {
      turned_away: this.#turnedAway,
      made_room: this.#evicted,
    });
    this.#turnedAway = 0;
    this.#evicted = 0;
    this.#turnedAwayLogged = now;
  }
}
