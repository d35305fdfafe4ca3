import { MINUTE } from '../base/clock.ts';
import { errnoOf, messageOf, SesameError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { Thread, threadEntry } from '../base/thread-call.ts';
import type { Gatekeeper, KnockOutcome } from '../gate/gatekeeper.ts';
import type { KnockCheck } from '../gate/knock-check.ts';
import { LIMITS } from './limits.ts';
import type { KnockDoor } from './knock-door.ts';
import type { KnockThreadApi } from './knock-thread.ts';
import { listen, type Listening } from './listening.ts';
import type { PortChoice } from './port-choice.ts';

/** How many ports behind the default one are tried before giving up. */
const FALL_BACK_TRIES = 100;
const REFRESH_JOIN_LINES = MINUTE;

export interface KnockListenerOptions {
  readonly hosts: readonly string[];
  readonly port: PortChoice;
  /** Over TCP; null where it is not listened to. */
  readonly door: KnockDoor | null;
  /** Null where there is no gate: datagrams mean nothing then. */
  readonly gate: {
    readonly keeper: Gatekeeper;
    /** That of the door; the thread has one of its own. */
    readonly check: KnockCheck;
    readonly secret: Uint8Array;
    readonly anySource: boolean;
    /** SHA-256 of the tokens of join lines that can still be used. */
    readonly joinLines: () => Promise<readonly Uint8Array[]>;
  } | null;
  readonly log: Logger;
}

/** The knock port: datagrams in a thread of their own, TCP beside it on the same port. */
export class KnockListener implements AsyncDisposable {
  readonly port: number;
  readonly #options: KnockListenerOptions;
  readonly #thread: Thread<KnockThreadApi> | undefined;
  readonly #listening: Listening | undefined;
  readonly #timer: NodeJS.Timeout;
  #isStopping = false;

  private constructor(
    options: KnockListenerOptions,
    thread: Thread<KnockThreadApi> | undefined,
    bound: Bound,
  ) {
    this.#options = options;
    this.#thread = thread;
    this.#listening = bound.listening;
    this.port = bound.port;
    this.#timer = setInterval(() => void this.refreshJoinLines(), REFRESH_JOIN_LINES);
    this.#timer.unref();
  }

  /** @throws `port-taken`; `bad-setting` */
  static async start(options: KnockListenerOptions): Promise<KnockListener> {
    const { gate } = options;
    const thread = gate
      ? new Thread<KnockThreadApi>(threadEntry('knock-thread', import.meta.url), {
          resourceLimits: { maxYoungGenerationSizeMb: 4 },
        })
      : undefined;
    try {
      await thread?.call('open', gate?.secret ?? new Uint8Array(0), gate?.anySource ?? false);
      const listener = new KnockListener(options, thread, await bind(options, thread));
      await listener.refreshJoinLines();
      void listener.#takeKnocks();
      return listener;
    } catch (error) {
      await thread?.[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Settles if its thread dies: nobody would hear a knock. Never where there is none. */
  get death(): Promise<Error> {
    return this.#thread?.death ?? new Promise(() => undefined);
  }

  /** There are other join lines than there were. */
  async refreshJoinLines(): Promise<void> {
    const { gate, log } = this.#options;
    try {
      const lines = (await gate?.joinLines()) ?? [];
      gate?.check.setJoinLines(lines);
      await this.#thread?.call('setJoinLines', lines);
    } catch (error) {
      if (!this.#isStopping) log.error('cannot read the join lines', { why: messageOf(error) });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#timer);
    for (const server of this.#listening?.servers ?? []) server.close();
    this.#options.door?.cut();
    await this.#thread?.[Symbol.asyncDispose]();
  }

  async #takeKnocks(): Promise<void> {
    const { gate } = this.#options;
    const thread = this.#thread;
    if (!gate || !thread) return;
    while (!this.#isStopping) {
      const news = await thread.call('next').catch(() => undefined);
      // It has ended, which others are told of.
      if (!news) return;
      for (const [fault, times] of Object.entries(news.faults))
        gate.keeper.count(fault as KnockOutcome, times);
      for (const knock of news.knocks) void gate.keeper.knock(knock);
    }
  }
}

interface Bound {
  readonly port: number;
  readonly listening: Listening | undefined;
}

/** Both on the same port of every host. */
async function bind(
  { hosts, port: { port, fallsBack }, door }: KnockListenerOptions,
  thread: Thread<KnockThreadApi> | undefined,
): Promise<Bound> {
  const last = port === 0 ? 0 : fallsBack ? Math.min(port + FALL_BACK_TRIES, 65_535) : port;
  for (let candidate = port, tries = 0; ; tries++) {
    try {
      return await bindTo(hosts, candidate, door, thread);
    } catch (error) {
      if (!isTaken(error)) throw error;
      if (port === 0 ? tries >= FALL_BACK_TRIES : candidate >= last) {
        throw new SesameError('port-taken', `port ${port} is taken: give another with --gate-port`, {
          cause: error,
        });
      }
      if (port !== 0) candidate += 1;
    }
  }
}

async function bindTo(
  hosts: readonly string[],
  port: number,
  door: KnockDoor | null,
  thread: Thread<KnockThreadApi> | undefined,
): Promise<Bound> {
  const listening =
    door &&
    (await listen({
      hosts,
      port: { port, fallsBack: false },
      flag: '--gate-port',
      backlog: LIMITS.backlog,
      dualStack: true,
      makeServer: () => door.makeServer(),
    }));
  const bound = listening?.addresses[0]?.port ?? port;
  try {
    const over = listening?.addresses.map(({ address }) => address) ?? hosts;
    const datagrams = await thread?.call('bind', over, bound);
    return { port: datagrams ?? bound, listening: listening ?? undefined };
  } catch (error) {
    for (const server of listening?.servers ?? []) server.close();
    throw error;
  }
}

/** Errors of the thread come without their code. */
function isTaken(error: unknown): boolean {
  if (error instanceof SesameError && error.code === 'port-taken') return true;
  return errnoOf(error) === 'EADDRINUSE' || messageOf(error).includes('EADDRINUSE');
}
