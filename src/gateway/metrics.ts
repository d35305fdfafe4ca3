import { readdirSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ObserveCall } from '../base/thread-call.ts';
import type { ConsoleParts } from './console-parts.ts';
import { doorMetrics, type TurnedAway } from './door-metrics.ts';
import { fleetMetrics } from './fleet-metrics.ts';
import { policyMetrics } from './policy-metrics.ts';
import type { Turns } from './turns.ts';
import { watchedCounter, watchedGauge, type Series } from './watched-metrics.ts';

const QUICK_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const NANOSECONDS = 1e9;

/** What other parts of the server measure as they go. All in seconds. */
export interface Observers {
  readonly acknowledgement: (seconds: number) => void;
  /** Calls of the threads that write files, append to the journal, and read and write the database. */
  readonly fileCall: ObserveCall;
  readonly journalCall: ObserveCall;
  readonly databaseWrite: ObserveCall;
  readonly databaseRead: ObserveCall;
}

/** Connections of the gateway itself. */
interface HttpConnections {
  readonly open: () => number;
  readonly turnedAway: () => TurnedAway;
}

/** The metrics of HTTP.md 7, in the format of Prometheus. No name of a file or client is in a label. */
export class Metrics implements Disposable {
  readonly #registry = new Registry();
  readonly #loop = monitorEventLoopDelay({ resolution: 20 });
  readonly #requests: Counter<'method' | 'status'>;
  readonly #requestSeconds: Histogram<'route'>;
  readonly observers: Observers;

  constructor() {
    const registers = [this.#registry];
    this.#loop.enable();
    const acknowledgement = new Histogram({
      name: 'sesame_acknowledgement_seconds',
      help: 'From the last byte of a file to its acknowledgement',
      buckets: QUICK_SECONDS,
      registers,
    });
    const fsync = new Histogram({
      name: 'sesame_fsync_seconds',
      help: 'What it took to make a file, or a part of the journal, durable',
      labelNames: ['what'],
      buckets: QUICK_SECONDS,
      registers,
    });
    const database = new Histogram({
      name: 'sesame_database_seconds',
      help: 'Calls of the database, with the wait for their turn',
      labelNames: ['what'],
      buckets: QUICK_SECONDS,
      registers,
    });
    this.observers = {
      acknowledgement: (seconds) => {
        acknowledgement.observe(seconds);
      },
      // Those calls that end when their bytes are durable.
      fileCall: (method, seconds) => {
        if (method === 'finish' || method === 'complete') fsync.observe({ what: 'file' }, seconds);
      },
      journalCall: (method, seconds) => {
        if (method === 'append') fsync.observe({ what: 'journal' }, seconds);
      },
      databaseWrite: (_method, seconds) => {
        database.observe({ what: 'write' }, seconds);
      },
      databaseRead: (_method, seconds) => {
        database.observe({ what: 'read' }, seconds);
      },
    };
    this.#requests = new Counter({
      name: 'sesame_http_requests_total',
      help: 'Requests over HTTP, by how they ended',
      labelNames: ['method', 'status'],
      registers,
    });
    this.#requestSeconds = new Histogram({
      name: 'sesame_http_request_seconds',
      help: 'From a request to the end of its answer, by route',
      labelNames: ['route'],
      buckets: QUICK_SECONDS,
      registers,
    });
    processMetrics(registers, this.#loop);
  }

  /** @param route its pattern: a path would make a series of every name */
  request(method: string, route: string, status: number, seconds: number): void {
    this.#requests.inc({ method, status: kindOf(status) });
    this.#requestSeconds.observe({ route }, seconds);
  }

  /** Figures that are looked up when somebody asks. */
  watch(parts: ConsoleParts, turns: Turns, http: HttpConnections): void {
    const registers = [this.#registry];
    new Gauge({ name: 'sesame_build_info', help: 'Its version', labelNames: ['version'], registers }).set(
      { version: parts.version },
      1,
    );
    const gauge = (name: string, help: string, read: () => number | Promise<number>): void => {
      watchedGauge(registers, { name, help }, async () => [[{}, await read()]]);
    };
    gauge('sesame_http_active', 'Requests over HTTP at work', () => turns.active);
    gauge('sesame_http_waiting', 'Requests over HTTP that wait for their turn', () => turns.waiting);
    gauge('sesame_files', 'Stored files', async () => (await parts.browser.totals()).files);
    gauge('sesame_files_bytes', 'Their content', async () => (await parts.browser.totals()).bytes);
    gauge('sesame_clients', 'Clients', async () => (await parts.browser.totals()).clients);
    gauge('sesame_disk_bytes', 'The file system of the data folder', async () => (await parts.disk()).total);
    gauge('sesame_disk_free_bytes', 'What is free of it', async () => (await parts.disk()).free);
    connectionMetrics(registers, parts, http.open);
    doorMetrics(registers, parts, http.turnedAway);
    fleetMetrics(registers, parts);
    transferMetrics(registers, parts);
    policyMetrics(registers, parts);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  [Symbol.dispose](): void {
    this.#loop.disable();
  }
}

function connectionMetrics(
  registers: Registry[],
  { connections }: ConsoleParts,
  httpConnections: () => number,
): void {
  watchedGauge(
    registers,
    { name: 'sesame_connections', help: 'Connections that are open', labels: ['protocol'] },
    () => {
      const { v3, v4 } = connections().open;
      return [
        [{ protocol: 'v3' }, v3],
        [{ protocol: 'v4' }, v4],
        [{ protocol: 'http' }, httpConnections()],
      ];
    },
  );
  watchedCounter(
    registers,
    { name: 'sesame_connections_total', help: 'Connections that spoke', labels: ['protocol'] },
    () => {
      const { v3, v4 } = connections().total;
      return [
        [{ protocol: 'v3' }, v3],
        [{ protocol: 'v4' }, v4],
      ];
    },
  );
}

function transferMetrics(registers: Registry[], { activity }: ConsoleParts): void {
  watchedGauge(
    registers,
    { name: 'sesame_transfers_active', help: 'Transfers under way', labels: ['direction'] },
    () => {
      const active = Array.from(activity.active.values(), ({ facts }) => facts.direction);
      return (['upload', 'download'] as const).map((direction) => [
        { direction },
        active.filter((one) => one === direction).length,
      ]);
    },
  );
  const labels = ['direction', 'protocol', 'outcome'];
  watchedCounter(registers, { name: 'sesame_transfers_total', help: 'Transfers that ended', labels }, () =>
    Array.from(activity.totals.transfers, ([kind, count]): Series => {
      const [direction = '', protocol = '', outcome = ''] = kind.split(' ');
      return [{ direction, protocol, outcome }, count];
    }),
  );
  const byProtocol = (bytes: Readonly<Record<string, number>>): Series[] =>
    Object.entries(bytes).map(([protocol, count]) => [{ protocol }, count]);
  watchedCounter(
    registers,
    { name: 'sesame_received_bytes_total', help: 'Content of files received', labels: ['protocol'] },
    () => byProtocol(activity.totals.receivedBytes),
  );
  watchedCounter(
    registers,
    { name: 'sesame_sent_bytes_total', help: 'Content of files sent', labels: ['protocol'] },
    () => byProtocol(activity.totals.sentBytes),
  );
  watchedCounter(
    registers,
    { name: 'sesame_errors_total', help: 'Refusals and failures, by code', labels: ['code'] },
    () => Array.from(activity.totals.refusals, ([code, count]): Series => [{ code }, count]),
  );
}

function processMetrics(registers: Registry[], loop: ReturnType<typeof monitorEventLoopDelay>): void {
  watchedCounter(
    registers,
    { name: 'sesame_process_cpu_seconds_total', help: 'CPU time of all threads' },
    () => {
      const { user, system } = process.cpuUsage();
      return [[{}, (user + system) / 1e6]];
    },
  );
  const gauge = (name: string, help: string, read: () => number): void => {
    watchedGauge(registers, { name, help }, () => [[{}, read()]]);
  };
  gauge('sesame_process_resident_bytes', 'Memory', () => process.memoryUsage.rss());
  gauge('sesame_process_open_files', 'Files and sockets that are open', openFiles);
  gauge('sesame_process_loop_delay_seconds', 'Delay of the event loop since it was last asked', () => {
    const { mean } = loop;
    loop.reset();
    return Number.isNaN(mean) ? 0 : mean / NANOSECONDS;
  });
  gauge('sesame_process_start_seconds', 'When it started, since 1970', () => performance.timeOrigin / 1000);
}

function openFiles(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 0;
  }
}

function kindOf(status: number): string {
  if (status < 300) return 'success';
  if (status < 400) return 'redirect';
  return status < 500 ? 'refused' : 'failed';
}
