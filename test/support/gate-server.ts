// A server behind a firewall gate in a network namespace, driven from a test.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { FirewallKind } from '../../src/gate/driver.ts';
import type { OnStop } from '../../src/gate/helper/helper-options.ts';
import type { Namespace } from './namespaces.ts';

/** What it listens on; the gate protects the first two. */
export const PORTS = [1357, 8357, 7000];
export const KNOCK_PORT = 6257;

export interface GateSettings {
  readonly kind: FirewallKind;
  readonly ports?: readonly number[];
  readonly allow?: readonly string[];
  readonly onStop?: OnStop;
  readonly helperSocket?: string;
}

export type GateOrder =
  | { readonly id: number; readonly op: 'open'; readonly address: string; readonly seconds: number }
  | { readonly id: number; readonly op: 'close'; readonly address: string }
  | { readonly id: number; readonly op: 'fault' | 'stop' };

export type GateReport =
  | { readonly id: number; readonly value: string }
  | { readonly id: number; readonly error: string }
  | { readonly log: string }
  | { readonly restarted: true };

type Order = GateOrder extends infer O ? (O extends GateOrder ? Omit<O, 'id'> : never) : never;

const PROGRAM = fileURLToPath(new URL('gate-server-process.ts', import.meta.url));

export class GateServer implements AsyncDisposable {
  readonly logged: string[] = [];
  restarts = 0;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #waiting = new Map<number, PromiseWithResolvers<string>>();
  #next = 1;
  #news = Promise.withResolvers<undefined>();

  private constructor(namespace: Namespace, settings: GateSettings, prefix: readonly string[]) {
    const line = [...prefix, process.execPath, PROGRAM, JSON.stringify(settings)];
    this.#child = spawn(...namespace.inside(...line), {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#ended = once(this.#child, 'close');
    this.#child.on('message', (report: GateReport) => this.#take(report));
    this.#child.on('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the server ended'));
      this.#tell();
    });
  }

  /**
   * When its rules stand.
   * @param prefix a command that runs it, as `setpriv`
   */
  static async start(
    namespace: Namespace,
    settings: GateSettings,
    ...prefix: readonly string[]
  ): Promise<GateServer> {
    const server = new GateServer(namespace, settings, prefix);
    try {
      await server.#answerTo(0);
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  async open(address: string, seconds: number): Promise<void> {
    await this.#order({ op: 'open', address, seconds });
  }

  async close(address: string): Promise<void> {
    await this.#order({ op: 'close', address });
  }

  fault(): Promise<string> {
    return this.#order({ op: 'fault' });
  }

  /** In order. */
  async stop(): Promise<void> {
    await this.#order({ op: 'stop' });
    await this.kill();
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  /** Resolves when its gate was made anew so often. */
  async restarted(times = 1): Promise<void> {
    while (this.restarts < times) await this.#news.promise;
  }

  /** The process that holds the privilege. */
  helperPid(): number {
    const found = childrenOf(this.#child.pid ?? 0).find((pid) => commandLine(pid).includes('gate/helper.'));
    if (found === undefined) throw new Error('there is no helper');
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.kill();
  }

  #order(order: Order): Promise<string> {
    const id = this.#next++;
    const answer = this.#answerTo(id);
    this.#child.send({ ...order, id });
    return answer;
  }

  #answerTo(id: number): Promise<string> {
    const waiting = Promise.withResolvers<string>();
    this.#waiting.set(id, waiting);
    return waiting.promise;
  }

  #take(report: GateReport): void {
    if ('log' in report) this.logged.push(report.log);
    else if ('restarted' in report) this.restarts += 1;
    else if ('error' in report) this.#waiting.get(report.id)?.reject(new Error(report.error));
    else this.#waiting.get(report.id)?.resolve(report.value);
    this.#tell();
  }

  #tell(): void {
    this.#news.resolve(undefined);
    this.#news = Promise.withResolvers();
  }
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => /^PPid:\t(\d+)$/m.exec(read(`/proc/${pid}/status`))?.[1] === String(parent));
}

function commandLine(pid: number): string {
  return read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
}

/** Empty where the process has just ended. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/**
 * A command that runs another one for which `script` has put tools into /usr/local/sbin, where they are found first;
 * `ip netns exec` gives each command mounts of its own.
 */
export function withTools(script: string): string[] {
  return [
    'sh',
    '-c',
    `mount -t tmpfs -o mode=755 none /usr/local/sbin && cd /usr/local/sbin && ${script} && exec "$@"`,
    'sh',
  ];
}
