import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { messageOf } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';

const run = promisify(execFile);

/** Of systemd itself: Node has no sockets of the kind that it listens on (AF_UNIX datagrams). */
const TOOL = 'systemd-notify';
const TIME_LIMIT = 10_000;
/** How many signs of life there are in the time after which systemd gives up. */
const SIGNS = 3;
const VARIABLES = ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID'];

/**
 * Tells systemd how the server is (sd_notify(3)); nobody, where nobody asked. The signs of life come from a timer of the
 * event loop: they stop when that does.
 */
export class ServiceManager implements AsyncDisposable {
  readonly #socket: string | undefined;
  /** ms; undefined where nobody watches. */
  readonly #watchdogTime: number | undefined;
  readonly #log: () => Logger;
  /** Messages go out one after the other. */
  #last: Promise<unknown> = Promise.resolve();
  #watchdog: NodeJS.Timeout | undefined;
  #hasFailed = false;

  /** Takes the variables out of the environment: they are not for children. */
  constructor(environment: NodeJS.ProcessEnv, log: () => Logger, pid = process.pid) {
    const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: time, WATCHDOG_PID: watched } = environment;
    for (const variable of VARIABLES) Reflect.deleteProperty(environment, variable);
    this.#socket = socket === '' ? undefined : socket;
    const isWatched = time !== undefined && (watched === undefined || watched === String(pid));
    this.#watchdogTime = isWatched && Number(time) > 0 ? Number(time) / 1000 : undefined;
    this.#log = log;
  }

  ready(status: string): void {
    this.#send('READY=1', `STATUS=${status}`);
    if (this.#watchdogTime === undefined || this.#watchdog) return;
    this.#watchdog = setInterval(() => {
      this.#send('WATCHDOG=1');
    }, this.#watchdogTime / SIGNS);
    this.#watchdog.unref();
  }

  reloading(): void {
    const now = process.hrtime.bigint() / 1000n;
    this.#send('RELOADING=1', `MONOTONIC_USEC=${now}`, 'STATUS=reading the settings again');
  }

  stopping(why: string): void {
    this.#send('STOPPING=1', `STATUS=stopping: ${why}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#watchdog);
    await this.#last;
  }

  #send(...message: readonly string[]): void {
    if (this.#socket === undefined) return;
    const env = { PATH: process.env['PATH'], NOTIFY_SOCKET: this.#socket };
    this.#last = this.#last
      .then(() => run(TOOL, message, { env, timeout: TIME_LIMIT }))
      .catch((error: unknown) => {
        if (!this.#hasFailed)
          this.#log().error(`systemd cannot be told: ${TOOL} failed`, { why: messageOf(error) });
        this.#hasFailed = true;
      });
  }
}
