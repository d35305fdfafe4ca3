import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { plainAddress } from '../base/addresses.ts';
import { messageOf, SesameError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { parseAddressBytes, parseNetwork, whyNeverOpen, type AddressBytes } from './address-bytes.ts';
import type { FirewallKind, GateDriver } from './driver.ts';
import { HelperLink } from './helper-link.ts';
import type { HelperAnswer, HelperRequest } from './helper-message.ts';
import { startHelper, type HelperConnection } from './helper-process.ts';
import type { OnStop } from './helper/helper-options.ts';
import { MADE_AGAIN } from './helper/serve-requests.ts';

export interface FirewallDriverOptions {
  readonly kind: FirewallKind;
  /** The protected TCP ports, 1 to 8 of them. */
  readonly ports: readonly number[];
  readonly knockPort: number;
  /** Networks that need no knock, as `10.0.0.0/8`. A helper that runs by itself has its own. */
  readonly allow: readonly string[];
  readonly onStop: OnStop;
  /** Where a helper listens; undefined to start one. */
  readonly helperSocket: string | undefined;
  readonly connect: (path: string) => Promise<Duplex>;
  readonly log: Logger;
  /** The rules were made anew, and nobody is let in by them: whoever still may be is to be opened for again. */
  readonly onRestart: () => void;
}

/** How long things take, ms; tests have less patience. */
export interface Patience {
  /** Until the rules of a helper stand. */
  readonly start: number;
  readonly answer: number;
  /** Until a helper is tried again: the first time, and at most. */
  readonly retry: number;
  readonly longestRetry: number;
  /** Between two looks at whether the rules still stand. */
  readonly watch: number;
}

export const PATIENCE: Patience = {
  start: 30_000,
  answer: 20_000,
  retry: 250,
  longestRetry: 30_000,
  watch: 15_000,
};

/** Resolves when the rules stand. @throws `gate-failed` where they cannot be made, `bad-setting` for a wrong network */
export function startFirewallDriver(
  options: FirewallDriverOptions,
  patience = PATIENCE,
): Promise<GateDriver> {
  return FirewallDriver.start(options, connectorFor(options), patience);
}

function connectorFor(options: FirewallDriverOptions): () => Promise<HelperConnection> {
  const { kind: driver, helperSocket: path, log, connect } = options;
  if (path === undefined) {
    const allow = options.allow.map(parseNetwork);
    return () => Promise.resolve(startHelper({ ...options, driver, allow }, log));
  }
  return async () => {
    const stream = await connect(path);
    const ended = Promise.withResolvers<string>();
    stream.once('close', () => ended.resolve(`the gate’s helper at ${path} has closed the connection`));
    return { stream, ended: ended.promise, kill: () => stream.destroy() };
  };
}

/** The server's side of the helper. */
export class FirewallDriver implements GateDriver {
  readonly kind: FirewallKind;
  readonly #options: FirewallDriverOptions;
  readonly #connect: () => Promise<HelperConnection>;
  readonly #patience: Patience;
  readonly #stopping = new AbortController();
  #connection: HelperConnection | undefined;
  #link: HelperLink | undefined;
  #fault: string | undefined;
  #running: Promise<void> = Promise.resolve();

  private constructor(
    options: FirewallDriverOptions,
    connect: () => Promise<HelperConnection>,
    patience: Patience,
  ) {
    this.kind = options.kind;
    this.#options = options;
    this.#connect = connect;
    this.#patience = patience;
  }

  static async start(
    options: FirewallDriverOptions,
    connect: () => Promise<HelperConnection>,
    patience: Patience,
  ): Promise<FirewallDriver> {
    const driver = new FirewallDriver(options, connect, patience);
    driver.#running = driver.#keepRunning(await driver.#establish());
    return driver;
  }

  get fault(): string | undefined {
    return this.#fault;
  }

  async open(address: string, seconds: number): Promise<void> {
    await this.#change({ command: 'open', address: addressOf(address), seconds });
  }

  async close(address: string): Promise<void> {
    await this.#change({ command: 'close', address: addressOf(address) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort();
    await this.#stop();
    await this.#running;
  }

  /** Leaves the rules as they are to be left, and ends the helper, if there is one. */
  async #stop(): Promise<void> {
    const link = this.#link;
    const connection = this.#connection;
    if (link === undefined || connection === undefined) return;
    try {
      await this.#done(link, { command: this.#options.onStop });
    } catch (error) {
      this.#options.log.error('the gate’s rules stay', { why: messageOf(error) });
      if (this.#options.onStop === 'remove')
        await this.#done(link, { command: 'shut' }).catch(() => undefined);
    }
    connection.stream.end();
    const patience = sleep(this.#patience.answer, undefined, { ref: false });
    await Promise.race([connection.ended, patience]);
    connection.kill();
    link.break('the gate is stopping');
  }

  async #change(request: HelperRequest): Promise<void> {
    const link = this.#link;
    if (link === undefined || this.#stopping.signal.aborted) {
      throw new SesameError('gate-failed', this.#fault ?? 'the gate is stopping');
    }
    await this.#done(link, request);
  }

  async #done(link: HelperLink, request: HelperRequest): Promise<HelperAnswer> {
    const answer = await this.#asked(link, request);
    if (answer.text === MADE_AGAIN) {
      this.#options.log.warning('somebody took the gate’s rules away; they stand again');
      this.#options.onRestart();
    }
    return answer;
  }

  async #asked(
    link: HelperLink,
    request: HelperRequest,
    timeout = this.#patience.answer,
  ): Promise<HelperAnswer> {
    let answer;
    try {
      answer = await link.ask(request, timeout);
    } catch (error) {
      throw error instanceof SesameError && error.code === 'gate-failed'
        ? error
        : new SesameError('gate-failed', `the gate: ${messageOf(error)}`, { cause: error });
    }
    if (answer.status === 'done') return answer;
    throw new SesameError(
      'gate-failed',
      `the gate's helper ${answer.status} "${request.command}": ${answer.text}`,
    );
  }

  /** A helper whose rules stand, for the right ports, with nobody let in. */
  async #establish(): Promise<HelperLink> {
    const connection = await this.#connect();
    const link = new HelperLink(connection.stream);
    try {
      const state = await this.#asked(link, { command: 'state' }, this.#patience.start);
      this.#check(state);
      // A helper that runs by itself may still let in whom a server before this one let in.
      await this.#asked(link, { command: 'shut' });
    } catch (error) {
      connection.stream.destroy();
      connection.kill();
      link.break('it could not be started');
      // What it said last tells more than that it is gone.
      throw link.isGone ? new SesameError('gate-failed', await connection.ended, { cause: error }) : error;
    }
    this.#connection = connection;
    this.#link = link;
    this.#fault = undefined;
    return link;
  }

  #check({ driver, ports }: HelperAnswer): void {
    const ours = [...new Set(this.#options.ports)].sort((a, b) => a - b).join(', ');
    const theirs = [...ports].sort((a, b) => a - b).join(', ');
    if (driver !== this.kind) {
      throw new SesameError(
        'gate-failed',
        `the gate's helper drives ${driver}, the server wants ${this.kind}`,
      );
    }
    if (ours !== theirs) {
      throw new SesameError(
        'gate-failed',
        `the gate's helper protects the ports ${theirs}, and the server has ${ours}: start it with --ports ${ours.replaceAll(' ', '')}`,
      );
    }
  }

  async #keepRunning(first: HelperLink): Promise<void> {
    for (let link: HelperLink | undefined = first; link !== undefined;) {
      const broken = await this.#untilBroken(link);
      if (this.#stopping.signal.aborted) return;
      const connection = this.#connection;
      this.#link = undefined;
      this.#fault = broken;
      connection?.kill();
      const reason = link.isGone && connection !== undefined ? await connection.ended : broken;
      this.#fault = `${reason}; it is being started again`;
      this.#options.log.error('the gate opens for nobody', { why: reason });
      link = await this.#again();
    }
  }

  async #untilBroken(link: HelperLink): Promise<string> {
    const broken = link.broken.then((reason) => reason);
    for (;;) {
      const pause = new AbortController();
      const look = sleep(this.#patience.watch, undefined, { ref: false, signal: pause.signal });
      const reason = await Promise.race([broken, look.catch(() => undefined)]);
      pause.abort();
      if (reason !== undefined) return reason;
      if (this.#stopping.signal.aborted) continue;
      try {
        await this.#done(link, { command: 'state' });
        this.#fault = undefined;
      } catch (error) {
        this.#fault = messageOf(error);
      }
    }
  }

  /** Tries until there is a helper again; undefined when the server stops before that. */
  async #again(): Promise<HelperLink | undefined> {
    const { signal } = this.#stopping;
    for (let pause = this.#patience.retry; ; pause = Math.min(2 * pause, this.#patience.longestRetry)) {
      await sleep(pause, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return undefined;
      try {
        const link = await this.#establish();
        if (this.#stopping.signal.aborted) {
          await this.#stop();
          return undefined;
        }
        this.#options.log.warning('the gate’s helper runs again');
        this.#options.onRestart();
        return link;
      } catch (error) {
        this.#fault = messageOf(error);
      }
    }
  }
}

/** @throws `gate-failed` for what no gate opens for */
function addressOf(text: string): AddressBytes {
  try {
    const address = parseAddressBytes(plainAddress(text));
    const never = whyNeverOpen(address);
    if (never === undefined) return address;
    throw new SesameError('gate-failed', `the gate does not open for ${text}, ${never}`);
  } catch (error) {
    if (error instanceof SesameError && error.code === 'gate-failed') throw error;
    throw new SesameError('gate-failed', `the gate: ${messageOf(error)}`, { cause: error });
  }
}
