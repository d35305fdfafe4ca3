import type { Clock } from '../base/clock.ts';
import { SesameError, type ErrorCode } from '../base/errors.ts';

export type Direction = 'upload' | 'download';
export type Protocol = 'v3' | 'v4' | 'http';
export type TransferOutcome = 'done' | 'failed' | 'interrupted';

/** What is known of a transfer when it begins. */
export interface TransferFacts {
  readonly client: string;
  readonly path: string;
  readonly direction: Direction;
  readonly protocol: Protocol;
  /** Bytes; null where nobody knows yet. */
  readonly size: number | null;
}

/** A transfer that has ended. Times in ms since 1970. */
export interface EndedTransfer extends TransferFacts {
  readonly id: number;
  /** That went over the wire, without what an earlier connection sent. */
  readonly bytes: number;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly outcome: TransferOutcome;
  readonly error: ErrorCode | null;
}

/** What has happened since the server started: only ever grows. */
export interface ActivityTotals {
  readonly receivedBytes: Readonly<Record<Protocol, number>>;
  readonly sentBytes: Readonly<Record<Protocol, number>>;
  /** By `direction protocol outcome`. */
  readonly transfers: ReadonlyMap<string, number>;
  readonly refusals: ReadonlyMap<ErrorCode, number>;
}

const RECENT = 50;

/**
 * What the server is doing at this moment, and how much it has done: for those who watch it. Small files are counted when
 * they are done; there is no looking at one on its way.
 */
export class Activity {
  readonly #clock: Clock;
  readonly #observeAcknowledgement: (seconds: number) => void;
  readonly #active = new Map<number, ActiveTransfer>();
  readonly #recent: EndedTransfer[] = [];
  readonly #received: Record<Protocol, number> = { v3: 0, v4: 0, http: 0 };
  readonly #sent: Record<Protocol, number> = { v3: 0, v4: 0, http: 0 };
  readonly #transfers = new Map<string, number>();
  readonly #refusals = new Map<ErrorCode, number>();
  #numbers = 0;

  /** @param observeAcknowledgement from the last byte of a file to its acknowledgement */
  constructor(clock: Clock, observeAcknowledgement: (seconds: number) => void = () => undefined) {
    this.#clock = clock;
    this.#observeAcknowledgement = observeAcknowledgement;
  }

  get active(): ReadonlyMap<number, ActiveTransfer> {
    return this.#active;
  }

  /** The newest last. */
  get recent(): readonly EndedTransfer[] {
    return this.#recent;
  }

  get totals(): ActivityTotals {
    return {
      receivedBytes: this.#received,
      sentBytes: this.#sent,
      transfers: this.#transfers,
      refusals: this.#refusals,
    };
  }

  /** @param offset bytes that are there from an earlier connection */
  begin(facts: TransferFacts, offset = 0): ActiveTransfer {
    const id = (this.#numbers += 1);
    const transfer = new ActiveTransfer(id, facts, {
      offset,
      startedAt: this.#clock.now(),
      onMoved: (bytes) => {
        (facts.direction === 'upload' ? this.#received : this.#sent)[facts.protocol] += bytes;
      },
      onEnded: (outcome, error) => {
        this.#end(transfer, outcome, error);
      },
    });
    this.#active.set(id, transfer);
    return transfer;
  }

  /** Content on its way out, as it is read. */
  async *watched(
    facts: TransferFacts,
    offset: number,
    content: AsyncIterable<Uint8Array>,
  ): AsyncGenerator<Uint8Array> {
    const transfer = this.begin(facts, offset);
    try {
      for await (const chunk of content) {
        transfer.add(chunk.byteLength);
        yield chunk;
      }
      transfer.done();
    } catch (error) {
      transfer.end('failed', error);
      throw error;
    } finally {
      transfer.end('interrupted');
    }
  }

  /** A small file, from its request to its acknowledgement. @param since as `monotonic` of the clock has it */
  smallFile(protocol: Protocol, bytes: number, since: number): void {
    this.#received[protocol] += bytes;
    this.#count('upload', protocol, 'done');
    this.acknowledged(since);
  }

  /** @param since when its last byte had come, as `monotonic` of the clock has it */
  acknowledged(since: number): void {
    this.#observeAcknowledgement((this.#clock.monotonic() - since) / 1000);
  }

  refused(code: ErrorCode): void {
    this.#refusals.set(code, (this.#refusals.get(code) ?? 0) + 1);
  }

  #end(transfer: ActiveTransfer, outcome: TransferOutcome, error: ErrorCode | null): void {
    this.#active.delete(transfer.id);
    const { id, facts, moved: bytes, startedAt } = transfer;
    this.#recent.push({ ...facts, id, bytes, startedAt, endedAt: this.#clock.now(), outcome, error });
    if (this.#recent.length > RECENT) this.#recent.shift();
    this.#count(facts.direction, facts.protocol, outcome);
  }

  #count(direction: Direction, protocol: Protocol, outcome: TransferOutcome): void {
    const key = `${direction} ${protocol} ${outcome}`;
    this.#transfers.set(key, (this.#transfers.get(key) ?? 0) + 1);
  }
}

interface TransferParts {
  readonly offset: number;
  readonly startedAt: number;
  onMoved(bytes: number): void;
  onEnded(outcome: TransferOutcome, error: ErrorCode | null): void;
}

/** One transfer that is under way. */
export class ActiveTransfer {
  readonly id: number;
  readonly facts: TransferFacts;
  readonly startedAt: number;
  readonly #parts: TransferParts;
  #moved = 0;
  #isOver = false;

  constructor(id: number, facts: TransferFacts, parts: TransferParts) {
    this.id = id;
    this.facts = facts;
    this.startedAt = parts.startedAt;
    this.#parts = parts;
  }

  /** Bytes that went over the wire. */
  get moved(): number {
    return this.#moved;
  }

  /** Bytes that are where they should be: these, and those of an earlier connection. */
  get bytes(): number {
    return this.#parts.offset + this.#moved;
  }

  add(bytes: number): void {
    this.#moved += bytes;
    this.#parts.onMoved(bytes);
  }

  done(): void {
    this.#end('done', null);
  }

  /** What came of it is lost with `failed`, and kept with `interrupted`. */
  end(outcome: 'failed' | 'interrupted', error?: unknown): void {
    this.#end(outcome, error instanceof SesameError ? error.code : null);
  }

  #end(outcome: TransferOutcome, error: ErrorCode | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#parts.onEnded(outcome, error);
  }
}
