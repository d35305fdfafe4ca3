import { parentPort, Worker, type WorkerOptions } from 'node:worker_threads';
import { SesameError, messageOf, type ErrorCode, ERROR_KINDS } from './errors.ts';

/**
 * Calls into a worker thread: a class of asynchronous methods on one side, its proxy on the other. Messages keep their
 * order; arguments and results are structured clones, shared memory stays shared, and what is `Moved` goes over.
 */
type Methods<Api> = {
  [K in keyof Api]: Api[K] extends (...args: infer A) => infer R
    ? (...args: { [I in keyof A]: A[I] | Moved<A[I]> }) => Unmoved<Awaited<R>>
    : never;
};

/**
 * An argument or a result whose buffers go over to the other side instead of being copied. Who sent it holds them no
 * more, not even where the call fails.
 */
export class Moved<out T> {
  readonly value: T;
  readonly buffers: readonly ArrayBuffer[];

  constructor(value: T, buffers: readonly ArrayBuffer[]) {
    this.value = value;
    this.buffers = buffers;
  }
}

type Unmoved<R> = R extends Moved<infer T> ? T : R;

/** What of these goes over, and how they are sent. */
function unwrap(values: readonly unknown[]): { plain: unknown[]; buffers: ArrayBuffer[] } {
  return {
    plain: values.map((value) => (value instanceof Moved ? value.value : value) as unknown),
    buffers: values.flatMap((value) => (value instanceof Moved ? value.buffers : [])),
  };
}

interface Call {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

type Reply =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: { readonly code?: string; readonly message: string } };

/** The call that every thread answers as soon as it takes calls. */
const READY = 'ready';
/** The call that ends it, between two others. */
const END = 'end';
/** ms */
const END_LIMIT = 5000;

interface Waiting {
  readonly method: string;
  /** When it was called, ms; 0 where nobody wants to know. */
  readonly since: number;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

export interface ThreadOptions extends Pick<WorkerOptions, 'workerData' | 'resourceLimits'> {
  /** Calls under way at once; one more is refused with `busy`. */
  readonly maxPending?: number;
  /** Told of each call that ended well, with how long its caller waited. */
  readonly observe?: ObserveCall | undefined;
}

/** @see ThreadOptions.observe */
export type ObserveCall = (method: string, seconds: number) => void;

/** The calling side. */
export class Thread<Api extends object> {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #maxPending: number;
  readonly #death = Promise.withResolvers<Error>();
  readonly #exit: Promise<unknown>;
  readonly #observe: ObserveCall | undefined;
  #nextId = 0;
  #ended: Error | undefined;
  #dismissed = false;

  constructor(entry: URL, options: ThreadOptions = {}) {
    const { maxPending = Infinity, observe, ...workerOptions } = options;
    this.#maxPending = maxPending;
    this.#observe = observe;
    this.#worker = new Worker(entry, workerOptions);
    this.#exit = new Promise((resolve) => this.#worker.once('exit', resolve));
    this.#worker.on('message', (reply: Reply) => {
      this.#settle(reply);
    });
    this.#worker.on('error', (error: unknown) => {
      this.#end(error instanceof Error ? error : new Error(messageOf(error)));
    });
    this.#worker.on('exit', () => {
      this.#end(new SesameError('internal', 'the worker thread has ended'));
    });
  }

  /** Resolves when the thread has loaded and takes calls; rejects when it cannot. */
  async ready(): Promise<void> {
    await this.#post(READY, []);
  }

  /** Settles if the thread ends without having been asked to: what it was trusted with cannot go on. */
  get death(): Promise<Error> {
    return this.#death.promise;
  }

  get pending(): number {
    return this.#waiting.size;
  }

  call<K extends keyof Methods<Api> & string>(
    method: K,
    ...args: Parameters<Methods<Api>[K]>
  ): Promise<ReturnType<Methods<Api>[K]>> {
    return this.#post(method, args) as Promise<ReturnType<Methods<Api>[K]>>;
  }

  /** What was called before is carried out first; what takes longer than `END_LIMIT` is cut off where it stands. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#dismissed = true;
    this.#worker.postMessage({ id: this.#nextId++, method: END, args: [] } satisfies Call);
    const limit = setTimeout(() => void this.#worker.terminate(), END_LIMIT);
    await this.#exit;
    clearTimeout(limit);
  }

  #post(method: string, args: readonly unknown[]): Promise<unknown> {
    if (this.#ended) return Promise.reject(this.#ended);
    if (this.#waiting.size >= this.#maxPending) {
      return Promise.reject(new SesameError('busy', `more than ${this.#maxPending} calls are waiting`));
    }
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const { plain, buffers } = unwrap(args);
      // Throws, and so rejects, where an argument cannot be cloned.
      this.#worker.postMessage({ id, method, args: plain } satisfies Call, buffers);
      const since = this.#observe ? performance.now() : 0;
      this.#waiting.set(id, { method, since, resolve, reject });
    });
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (!waiting) return;
    if ('error' in reply) {
      waiting.reject(reviveError(reply.error));
      return;
    }
    this.#observe?.(waiting.method, (performance.now() - waiting.since) / 1000);
    waiting.resolve(reply.value);
  }

  #end(error: Error): void {
    this.#ended ??= error;
    if (!this.#dismissed) this.#death.resolve(this.#ended);
    for (const waiting of this.#waiting.values()) waiting.reject(this.#ended);
    this.#waiting.clear();
  }
}

/** The called side: the worker's entry file ends with this. */
export function serveThread(api: object): void {
  const port = parentPort;
  if (!port) throw new Error('this module runs in a worker thread only');
  const methods = { ...api } as Record<string, (...args: readonly unknown[]) => unknown>;
  methods[READY] = () => undefined;
  // In a worker, this ends the thread alone.
  methods[END] = () => process.exit();
  const carryOut = async ({ id, method, args }: Call): Promise<void> => {
    try {
      const { plain, buffers } = unwrap([await methods[method]?.(...args)]);
      port.postMessage({ id, value: plain[0] } satisfies Reply, buffers);
    } catch (error) {
      port.postMessage({ id, error: flattenError(error) } satisfies Reply);
    }
  };
  port.on('message', (call: Call) => {
    void carryOut(call);
  });
}

/** The entry file of a thread beside the calling module, in `src/*.ts` and in `dist/*.js` alike. */
export function threadEntry(name: string, importMetaUrl: string): URL {
  return new URL(`./${name}${importMetaUrl.endsWith('.ts') ? '.ts' : '.js'}`, importMetaUrl);
}

// Structured clone drops the class and the code of an error, so both travel as plain data.
function flattenError(error: unknown): { code?: string; message: string } {
  if (error instanceof SesameError) return { code: error.code, message: error.message };
  return { message: messageOf(error) };
}

function reviveError(error: { readonly code?: string; readonly message: string }): Error {
  if (error.code !== undefined && error.code in ERROR_KINDS) {
    return new SesameError(error.code as ErrorCode, error.message);
  }
  return new SesameError('internal', error.message);
}
