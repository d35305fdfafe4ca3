import { createServer, type Server, type Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { isLoopback } from '../base/addresses.ts';
import { type Clock, SECOND } from '../base/clock.ts';
import { messageOf, type ErrorCode } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Guard } from '../guard/guard.ts';
import { Connection } from './connection.ts';
import type { Conversation } from './conversation.ts';
import { awaitSpeech } from './first-speech.ts';
import type { Front, TurnedAway, Visitor } from './front.ts';
import { LIMITS } from './limits.ts';
import { listen, type ListenAddress } from './listening.ts';
import type { PortChoice } from './port-choice.ts';
import { transferOffence } from './transfer-offences.ts';
import { upgradeToTls, type Identify, type SecurePeer } from './tls-upgrade.ts';
import type { V3Access } from './v3-access.ts';
import { V4Conversation } from './v4-conversation.ts';

const DEADLINE_CHECK = SECOND;

interface VersionOptions {
  /** How long a connection may rest between requests, ms. */
  readonly restLimit: number;
}

export interface TransferServerOptions {
  /** On which the same port is bound. */
  readonly hosts: readonly string[];
  readonly port: PortChoice;
  readonly v3: VersionOptions & { readonly access: V3Access; readonly converse: () => Conversation };
  readonly v4: VersionOptions & {
    readonly secureContext: SecureContext;
    readonly identify: Identify;
    readonly converse: (
      peer: Pick<SecurePeer, 'spki'> & { readonly address: string; readonly fromLoopback: boolean },
    ) => V4Conversation;
  };
  /** Who gets in at all. */
  readonly front: Front;
  readonly guard: Guard;
  readonly onRefused: (code: ErrorCode) => void;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Connections: open now, and ever since the start. */
export interface ConnectionCounts {
  readonly open: Readonly<Record<Version, number>>;
  readonly total: Readonly<Record<Version, number>>;
  /** Turned away, or ended to make room; `v3`: who spoke it and may not. */
  readonly refused: Readonly<Record<TurnedAway | 'v3', number>>;
}

type Version = 'v3' | 'v4';

/** The TCP listener of the transfer port and all its connections. */
export class TransferServer {
  readonly #options: TransferServerOptions;
  readonly #connections = new Set<Connection>();
  /** Of these connections, and of those that have not said yet what they speak. */
  readonly #sockets = new Set<Socket>();
  readonly #silent = new Set<Socket>();
  #draining = false;
  readonly #timer: NodeJS.Timeout;
  #servers: readonly Server[] = [];
  #addresses: readonly ListenAddress[] = [];
  readonly #counts = { open: { v3: 0, v4: 0 }, total: { v3: 0, v4: 0 } };
  /** Who spoke v3 and may not. */
  #notForV3 = 0;
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
      const { servers, addresses } = await listen({
        hosts: options.hosts,
        port: options.port,
        flag: '--port',
        backlog: LIMITS.backlog,
        dualStack: true,
        // A client may close its half and still wait for the answer.
        makeServer: () =>
          createServer({ allowHalfOpen: true }, (socket) => {
            server.#accept(socket);
          }),
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

  get counts(): ConnectionCounts {
    return { ...this.#counts, refused: { ...this.#options.front.turnedAway, v3: this.#notForV3 } };
  }

  /** For how long nobody has been connected, ms. */
  get quietFor(): number {
    return this.#sockets.size > 0 ? 0 : this.#options.clock.monotonic() - this.#quietSince;
  }

  /**
   * Takes no new connection and no new request; what is under way may finish.
   *
   * @param graceTime ms after which the rest is cut off
   */
  async stop(graceTime: number): Promise<void> {
    this.#draining = true;
    for (const server of this.#servers) server.close();
    for (const socket of this.#silent) socket.destroy();
    for (const connection of this.#connections) connection.drain();
    if (this.#sockets.size > 0) {
      const { log } = this.#options;
      log.info('waiting for connections to finish', {
        connections: this.#sockets.size,
        grace_ms: graceTime,
      });
      const gone = new Promise<void>((resolve) => (this.#onAllGone = resolve));
      const timer = setTimeout(() => {
        log.warning('grace time is over', { cut_off: this.#sockets.size });
        for (const socket of this.#sockets) socket.destroy();
      }, graceTime);
      await gone;
      clearTimeout(timer);
    }
    clearInterval(this.#timer);
  }

  #accept(socket: Socket): void {
    const visitor = this.#options.front.enter(socket);
    if (visitor instanceof Promise) void visitor.then((behind) => this.#receive(socket, behind));
    else this.#receive(socket, visitor);
  }

  #receive(socket: Socket, visitor: Visitor | undefined): void {
    if (!visitor) return;
    if (this.#draining) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    this.#silent.add(socket);
    void this.#converse(socket, visitor).finally(() => {
      socket.destroy();
      this.#sockets.delete(socket);
      this.#silent.delete(socket);
      this.#quietSince = this.#options.clock.monotonic();
      if (this.#sockets.size === 0) this.#onAllGone?.();
    });
  }

  /** From the first byte, which tells the version, to the end of the connection. */
  async #converse(socket: Socket, visitor: Visitor): Promise<void> {
    const { v3, v4, guard, log } = this.#options;
    const { address } = visitor;
    const speech = await awaitSpeech(socket, v3.access(address) ? v3.restLimit : LIMITS.login);
    if (speech === 'v3') {
      this.#silent.delete(socket);
      // It proves no key.
      if (visitor.isForClients) {
        visitor.block();
        return;
      }
      if (v3.access(address)) await this.#serve(socket, visitor, v3.converse(), v3.restLimit);
      else {
        this.#notForV3 += 1;
        guard.offence(guard.sourceOf(address), 'noise');
      }
      return;
    }
    if (speech !== 'tls') return;
    try {
      const { socket: secure, spki } = await upgradeToTls(socket, v4.secureContext, v4.identify);
      this.#silent.delete(socket);
      const conversation = v4.converse({ spki, address, fromLoopback: isLoopback(address) });
      await this.#serve(secure, visitor, conversation, v4.restLimit);
    } catch (error) {
      if (visitor.wasTurnedAway) return;
      guard.offence(guard.sourceOf(address), 'noise');
      log.info('refused', { peer: nameOf(socket, visitor), error: 'malformed', why: messageOf(error) });
    }
  }

  async #serve(
    socket: Socket,
    visitor: Visitor,
    conversation: Conversation,
    restLimit: number,
  ): Promise<void> {
    if (socket.destroyed) return;
    const { clock, log, guard, onRefused } = this.#options;
    const peer = nameOf(socket, visitor);
    const connection = new Connection(socket, {
      ...{ peer, conversation, clock, log, restLimit },
      onProven: () => {
        visitor.prove();
        if (conversation.clientName !== null) guard.noteClient(guard.sourceOf(visitor.address));
      },
      onRefused: (code) => {
        onRefused(code);
        const offence = transferOffence(code);
        if (!offence) return;
        const { clientName } = conversation;
        const source = guard.sourceOf(visitor.address);
        const who = clientName === null || source === null ? source : guard.client(clientName);
        guard.offence(who, offence);
        // v3 was of use once, and has proved nothing by that: who goes on with it is not let be.
        if (clientName === null && guard.blockedFor(who) > 0) visitor.block();
      },
    });
    if (conversation instanceof V4Conversation) conversation.attach(connection);
    this.#connections.add(connection);
    const version = conversation instanceof V4Conversation ? 'v4' : 'v3';
    this.#counts.open[version] += 1;
    this.#counts.total[version] += 1;
    log.debug('connected', { peer, version });
    if (this.#draining) connection.drain();
    await connection.over;
    this.#connections.delete(connection);
    this.#counts.open[version] -= 1;
    log.debug('disconnected', { peer });
  }

  #check(): void {
    for (const connection of this.#connections) connection.checkDeadlines();
    this.#options.front.logTurnedAway();
  }
}

/** Where it comes from, not the balancer in between. */
function nameOf({ remotePort }: Socket, { address }: Visitor): string {
  return `${address}:${remotePort ?? 0}`;
}
