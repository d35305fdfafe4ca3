import { Thread, threadEntry, type ObserveCall } from '../base/thread-call.ts';
import type {
  BrowsedFile,
  FileBrowser,
  FileQuery,
  FileSnapshot,
  FileTotals,
} from '../transfer/browse-ports.ts';
import type { BrowserThreadApi } from './browser-thread.ts';

/** Calls that may wait; one more is refused with `busy`. A search through a million files takes a second. */
const MAX_PENDING = 256;

/** A reader of the database in a thread of its own, for whoever looks through all that is stored. */
export class ThreadedFileBrowser implements FileBrowser, AsyncDisposable {
  readonly #thread: Thread<BrowserThreadApi>;

  private constructor(thread: Thread<BrowserThreadApi>) {
    this.#thread = thread;
  }

  /**
   * @param file a database that its writer has opened already
   * @throws `storage-failed`
   */
  static async open(file: string, observe?: ObserveCall): Promise<ThreadedFileBrowser> {
    const thread = new Thread<BrowserThreadApi>(threadEntry('browser-thread', import.meta.url), {
      maxPending: MAX_PENDING,
      observe,
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
    });
    try {
      await thread.call('open', file);
    } catch (error) {
      await thread[Symbol.asyncDispose]();
      throw error;
    }
    return new ThreadedFileBrowser(thread);
  }

  get death(): Promise<Error> {
    return this.#thread.death;
  }

  take(query: FileQuery): Promise<FileSnapshot> {
    const { client, search, sort, descending } = query;
    return this.#thread.call('take', { client, search, sort, descending });
  }

  measure(snapshot: string): Promise<FileSnapshot> {
    return this.#thread.call('measure', snapshot);
  }

  page(snapshot: string, offset: number, limit: number): Promise<readonly (BrowsedFile | null)[]> {
    return this.#thread.call('page', snapshot, offset, limit);
  }

  find(client: string, path: string): Promise<BrowsedFile | undefined> {
    return this.#thread.call('find', client, path);
  }

  versions(client: string, path: string): Promise<readonly BrowsedFile[]> {
    return this.#thread.call('versions', client, path);
  }

  totals(): Promise<FileTotals> {
    return this.#thread.call('totals');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#thread.call('close');
    await this.#thread[Symbol.asyncDispose]();
  }
}
