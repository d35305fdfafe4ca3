import { PassThrough, type Readable } from 'node:stream';
import { type Clock, SECOND } from '../base/clock.ts';
import type { ActiveTransfer, Activity } from '../transfer/activity.ts';
import type { EndedTransfer, LiveEvents, Sample, Transfer } from './api-types.ts';
import type { JoinWatch } from './join-watch.ts';

const HISTORY = 300;
const MOST_LISTED = 500;
/** How much of a new second counts in a transfer's rate: the rest is what it was before. */
const NEW_PART = 0.3;
/** An onlooker who reads so slowly misses events, not the connection. */
const MOST_UNREAD = 1024 * 1024;

interface LiveParts {
  readonly activity: Activity;
  /** Open now, of all kinds. */
  readonly connections: () => number;
  readonly joins: JoinWatch;
  readonly clock: Clock;
}

interface Meter {
  bytes: number;
  rate: number;
}

/** Tells whoever looks on, once a second, what the server is doing (HTTP.md 4, Events). */
export class Live implements Disposable {
  readonly #parts: LiveParts;
  readonly #onlookers = new Set<PassThrough>();
  readonly #samples: Sample[] = [];
  readonly #meters = new Map<number, Meter>();
  readonly #timer: NodeJS.Timeout;
  #said = '';
  #saidOfJoins = '';
  #last: { in: number; out: number; files: number; errors: number; at: number };

  constructor(parts: LiveParts) {
    this.#parts = parts;
    this.#last = { ...this.#counted(), at: parts.clock.monotonic() };
    this.#timer = setInterval(() => {
      this.#tick();
    }, SECOND);
    this.#timer.unref();
  }

  /** Of the last whole second. */
  get newest(): Sample | undefined {
    return this.#samples.at(-1);
  }

  /** A stream of events, as text/event-stream has them; it ends when the onlooker goes, or with the server. */
  join(): Readable {
    const stream = new PassThrough();
    stream.write(event('history', { samples: this.#samples }));
    stream.write(event('transfers', this.#transfers()));
    stream.write(this.#saidOfJoins);
    this.#parts.joins.look();
    this.#onlookers.add(stream);
    stream.on('close', () => this.#onlookers.delete(stream));
    return stream;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const stream of this.#onlookers) stream.end();
  }

  #tick(): void {
    const sample = this.#sample();
    this.#samples.push(sample);
    if (this.#samples.length > HISTORY) this.#samples.shift();
    this.#measure();
    if (this.#onlookers.size === 0) return;
    const transfers = event('transfers', this.#transfers());
    // What stands still is not said again.
    const text = event('sample', sample) + (transfers === this.#said ? '' : transfers) + this.#joinNews();
    this.#said = transfers;
    for (const stream of this.#onlookers) if (stream.writableLength < MOST_UNREAD) stream.write(text);
  }

  #joinNews(): string {
    const { joins } = this.#parts;
    joins.look();
    const news = joins.newest ? event('joins', joins.newest) : '';
    if (news === this.#saidOfJoins) return '';
    this.#saidOfJoins = news;
    return news;
  }

  #sample(): Sample {
    const { clock, connections } = this.#parts;
    const counted = this.#counted();
    const at = clock.monotonic();
    const before = this.#last;
    const seconds = Math.max((at - before.at) / SECOND, 0.001);
    const rate = (key: 'in' | 'out' | 'files'): number => Math.round((counted[key] - before[key]) / seconds);
    this.#last = { ...counted, at };
    return {
      time: new Date(clock.now()).toISOString(),
      in: rate('in'),
      out: rate('out'),
      files: rate('files'),
      errors: counted.errors - before.errors,
      connections: connections(),
    };
  }

  #counted(): { in: number; out: number; files: number; errors: number } {
    const { receivedBytes, sentBytes, transfers, refusals } = this.#parts.activity.totals;
    let files = 0;
    for (const [kind, count] of transfers) if (/^upload .* done$/.test(kind)) files += count;
    return {
      in: sum(Object.values(receivedBytes)),
      out: sum(Object.values(sentBytes)),
      files,
      errors: sum(refusals.values()),
    };
  }

  #measure(): void {
    const { active } = this.#parts.activity;
    for (const id of this.#meters.keys()) if (!active.has(id)) this.#meters.delete(id);
    for (const [id, { moved }] of active) {
      const meter = this.#meters.get(id);
      if (!meter) {
        this.#meters.set(id, { bytes: moved, rate: moved });
        continue;
      }
      meter.rate += NEW_PART * (moved - meter.bytes - meter.rate);
      meter.bytes = moved;
    }
  }

  #transfers(): LiveEvents['transfers'] {
    const { active, recent } = this.#parts.activity;
    const listed = Array.from(active.values())
      .sort((a, b) => (b.facts.size ?? Infinity) - (a.facts.size ?? Infinity) || a.id - b.id)
      .slice(0, MOST_LISTED);
    return {
      active: listed.map((transfer) => this.#describe(transfer)),
      hidden: active.size - listed.length,
      recent: recent.map(describeEnded).reverse(),
    };
  }

  #describe({ id, facts, bytes, startedAt }: ActiveTransfer): Transfer {
    const rate = Math.max(0, Math.round(this.#meters.get(id)?.rate ?? 0));
    const left = facts.size === null || rate === 0 ? null : Math.ceil((facts.size - bytes) / rate);
    return {
      ...facts,
      id: String(id),
      bytes,
      rate,
      started: new Date(startedAt).toISOString(),
      seconds_left: left,
    };
  }
}

function describeEnded(ended: Activity['recent'][number]): EndedTransfer {
  const { id, client, path, direction, protocol, bytes, startedAt, endedAt, outcome, error } = ended;
  return {
    id: String(id),
    client,
    path,
    direction,
    protocol,
    bytes,
    seconds: (endedAt - startedAt) / SECOND,
    time: new Date(endedAt).toISOString(),
    outcome,
    error,
  };
}

/** One line of data: JSON has no line ends of its own. */
function event<Name extends keyof LiveEvents>(name: Name, data: LiveEvents[Name]): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}
