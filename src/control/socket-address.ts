import { closeSync, openSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** The longest path that the kernel takes for a Unix socket, bytes. */
const MAX_SOCKET_PATH = 107;

/** A path by which `node:net` reaches a Unix socket, however deep its folder lies. Dispose of it after use. */
export class SocketAddress implements Disposable {
  readonly path: string;
  readonly #folder: number | undefined;

  constructor(path: string) {
    if (Buffer.byteLength(path) <= MAX_SOCKET_PATH) {
      this.path = path;
      return;
    }
    // By way of an open folder, which Linux shows under a short name.
    this.#folder = openSync(dirname(path), 'r');
    this.path = join('/proc/self/fd', `${this.#folder}`, basename(path));
  }

  [Symbol.dispose](): void {
    if (this.#folder !== undefined) closeSync(this.#folder);
  }
}
