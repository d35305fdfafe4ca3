import type { Duplex } from 'node:stream';
import type { Span } from '@opentelemetry/api';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Clock, SECOND } from '../base/clock.ts';
import type { SesameError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Guard } from '../guard/guard.ts';
import type { Recovery } from '../guard/recovery.ts';
import { sendBlocked } from './blocked-page.ts';
import type { ConsoleParts } from './console-parts.ts';
import { checkSite } from './cross-site.ts';
import { forwardedSource } from './forwarded.ts';
import type { GatewaySettings, VisitorOf } from './gateway.ts';
import { checkHost } from './host-check.ts';
import type { Metrics } from './metrics.ts';
import { answerBadRequest, refusalOf, sendProblem } from './problem.ts';
import { logRequest } from './request-log.ts';
import { securityHeaders } from './security-headers.ts';
import { StallGuard } from './stall-guard.ts';
import type { Tracing } from './tracing.ts';
import type { Turns } from './turns.ts';
import { countedAs, webOffence } from './web-offences.ts';
import { checkPath } from './web-path.ts';

const LINGERING = 5 * SECOND;

interface ExchangeParts {
  readonly settings: GatewaySettings;
  readonly metrics: Metrics;
  readonly tracing: Tracing | undefined;
  readonly turns: Turns;
  readonly console: ConsoleParts | null;
  readonly guard: Guard;
  readonly recovery: Recovery | null;
  readonly visitorOf: VisitorOf;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What is noted of a request when it comes. */
interface Beginning {
  readonly since: number;
  readonly sentBefore: number | undefined;
  readonly span: Span | undefined;
}

/** Requests and their answers, whatever the route: what each goes through, and what is noted of it. */
export class Exchanges implements Disposable {
  readonly #parts: ExchangeParts;
  readonly #stalls: StallGuard;
  readonly #sockets = new Set<Duplex>();
  readonly #requestsOn = new WeakMap<Duplex, number>();
  readonly #headers: Readonly<Record<string, string>>;
  #underWay = 0;
  #isDraining = false;
  #quietSince: number;
  #onIdle: (() => void) | undefined;

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
    this.#quietSince = parts.clock.monotonic();
    this.#stalls = new StallGuard(parts.clock, () => parts.settings.stallTime);
    this.#headers = securityHeaders(parts.settings.identity !== null);
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Open now. */
  get connections(): number {
    return this.#sockets.size;
  }

  get quietFor(): number {
    return this.#sockets.size > 0 ? 0 : this.#parts.clock.monotonic() - this.#quietSince;
  }

  /** A listener of servers. */
  readonly connected = (socket: Duplex): void => {
    this.#sockets.add(socket);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#quietSince = this.#parts.clock.monotonic();
    });
  };

  attach(app: FastifyInstance): void {
    app.addHook('onRequest', async (request, reply) => {
      this.#receive(request, reply);
      const recovers = request.routeOptions.config.recovers === true;
      if (!recovers && this.#turnAway(request, reply)) return reply;
      checkHost(request, this.#parts.settings.names);
      checkPath(request.raw.url ?? '');
      checkSite(request);
      if (request.routeOptions.config.takesNoTurn !== true) await this.#takeTurn(reply);
      return undefined;
    });
  }

  drain(): void {
    this.#isDraining = true;
  }

  /** Resolves when nothing is under way. @param graceTime ms after which it resolves in any case */
  async idle(graceTime: number): Promise<void> {
    if (this.#underWay > 0) {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      this.#onIdle = () => {
        resolve(undefined);
      };
      const timer = setTimeout(this.#onIdle, graceTime);
      await promise;
      clearTimeout(timer);
    }
  }

  /** Ends all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** @returns what the guard says to this, if it warns */
  refused(request: FastifyRequest, error: SesameError): string | undefined {
    const { log, console: served, guard, settings } = this.#parts;
    const { id, address } = request;
    served?.activity.refused(error.code);
    const isOurs = error.kind === 'storage' || error.kind === 'internal';
    const cause = error.cause instanceof Error ? (error.cause.stack ?? error.cause.message) : undefined;
    if (isOurs) log.error('a request failed', { id, error: error.code, why: cause ?? error.message });
    else log.debug('refused', { id, address, error: error.code, why: error.message });
    const offence = webOffence(request, error.code, (path) => settings.quietPaths.has(path));
    const verdict = offence && guard.offence(countedAs(request, guard), offence);
    return verdict === 'warned' ? 'more of this, and you are blocked for a while' : undefined;
  }

  /** What the framework refuses before any hook sees it: a path that cannot be decoded. */
  readonly unreadable = (error: Error, request: FastifyRequest, reply: FastifyReply): void => {
    this.#receive(request, reply);
    if (this.#turnAway(request, reply)) return;
    sendProblem(request, reply, error, this.refused(request, refusalOf(error).error));
  };

  /** A listener of servers: what is no HTTP. */
  readonly broken = (error: Error & { readonly code?: string }, socket: Duplex): void => {
    const { guard, visitorOf } = this.#parts;
    const visitor = visitorOf(
      socket as Duplex & { readonly remoteAddress?: string; readonly remotePort?: number },
    );
    // Others are cut off, or late.
    if (visitor && error.code?.startsWith('HPE_'))
      guard.offence(guard.sourceOf(visitor.address), 'bad-request');
    answerBadRequest(error, socket);
  };

  [Symbol.dispose](): void {
    this.#stalls[Symbol.dispose]();
  }

  /** What is known of a request as soon as it is here, whatever becomes of it. */
  #receive(request: FastifyRequest, reply: FastifyReply): void {
    request.address = this.#addressOf(request);
    this.#begin(request, reply);
    void reply.headers(this.#headers).header('x-request-id', request.id);
    if (this.#isLastOf(request)) void reply.header('connection', 'close');
  }

  /** @returns whether it was, because its source is blocked */
  #turnAway(request: FastifyRequest, reply: FastifyReply): boolean {
    const { guard, recovery } = this.#parts;
    const left = guard.refuses(guard.sourceOf(request.address));
    if (left > 0) sendBlocked(request, reply, left, recovery !== null);
    return left > 0;
  }

  /** Behind a balancer that speaks the PROXY protocol, and proxies that send X-Forwarded-For, that of who asks. */
  #addressOf({ raw, ip }: FastifyRequest): string {
    const from = this.#parts.visitorOf(raw.socket)?.address ?? raw.socket.remoteAddress ?? ip;
    return forwardedSource(raw, from, this.#parts.settings.isProxy);
  }

  /** Node tells the peer that no more requests are taken, and leaves it to the peer to close the connection. */
  #isLastOf({ raw }: FastifyRequest): boolean {
    if (raw.httpVersionMajor >= 2) return false;
    const count = (this.#requestsOn.get(raw.socket) ?? 0) + 1;
    this.#requestsOn.set(raw.socket, count);
    return count >= this.#parts.settings.requestsPerConnection;
  }

  #begin(request: FastifyRequest, reply: FastifyReply): void {
    const { tracing } = this.#parts;
    const since = performance.now();
    const span = tracing?.begin(request);
    const sentBefore = sentTo(request);
    this.#underWay += 1;
    reply.raw.once('close', () => {
      this.#end(request, reply, { since, sentBefore, span });
    });
    reply.raw.once('finish', () => {
      this.#leaveBody(request);
    });
    this.#stalls.watch(request, (listener) => reply.raw.once('close', listener));
  }

  #end(request: FastifyRequest, reply: FastifyReply, { since, sentBefore, span }: Beginning): void {
    const { tracing, metrics, log } = this.#parts;
    const ms = performance.now() - since;
    const aborted = !reply.raw.writableFinished;
    if (reply.statusCode < 400) this.#parts.visitorOf(request.raw.socket)?.prove();
    const route = request.routeOptions.url ?? 'none';
    metrics.request(request.method, route, reply.statusCode, ms / 1000);
    const sent = sentTo(request);
    const bytes = sent !== undefined && sentBefore !== undefined ? sent - sentBefore : undefined;
    logRequest(log, request, reply, { ms, bytes, aborted });
    if (span) tracing?.end(span, request, reply);
    this.#underWay -= 1;
    if (this.#underWay === 0) this.#onIdle?.();
  }

  /** What is still to come of a body that nobody wants: the peer has time to read the answer, not to send it all. */
  #leaveBody({ raw }: FastifyRequest): void {
    if (raw.complete || raw.httpVersionMajor >= 2) return;
    const timer = setTimeout(() => raw.socket.destroy(), LINGERING);
    timer.unref();
    raw.once('end', () => {
      clearTimeout(timer);
    });
  }

  async #takeTurn(reply: FastifyReply): Promise<void> {
    const { turns } = this.#parts;
    const leave = turns.takeAtOnce() ?? (await turns.wait(closing(reply)));
    if (reply.raw.destroyed) leave();
    else reply.raw.once('close', leave);
  }
}

/** Aborted when the connection closes before the answer is out. */
function closing(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    controller.abort(new Error('the client went'));
  });
  return controller.signal;
}

/** Bytes that went out on its connection; undefined where that is shared with other requests. */
function sentTo({ raw }: FastifyRequest): number | undefined {
  return raw.httpVersionMajor >= 2 ? undefined : raw.socket.bytesWritten;
}
