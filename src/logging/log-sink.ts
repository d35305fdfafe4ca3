import { once } from 'node:events';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { createStream, type RotatingFileStream } from 'rotating-file-stream';
import { messageOf, SesameError } from '../base/errors.ts';

export interface SinkSettings {
  readonly 'log-file'?: string | undefined;
  /** Bytes. */
  readonly 'log-size': number;
  readonly 'log-keep': number;
}

/**
 * Where log lines go: stderr, or a file that is rotated by size: `sesamed.log` is the newest, `sesamed.log.1` the one
 * before it.
 */
export class LogSink implements AsyncDisposable {
  #stream: RotatingFileStream | undefined;
  readonly #closing = new Set<Promise<unknown>>();

  /** @throws `bad-setting` as `check` */
  constructor(settings: SinkSettings) {
    LogSink.check(settings);
    this.#stream = open(settings);
  }

  /** @throws `bad-setting` where a log cannot be written there */
  static check({ 'log-file': path }: SinkSettings): void {
    if (path === undefined) return;
    const folder = dirname(resolve(path));
    try {
      if (!statSync(folder).isDirectory()) throw new Error(`${folder} is no folder`);
      accessSync(existsSync(path) ? path : folder, constants.W_OK);
    } catch (error) {
      throw new SesameError('bad-setting', `--log-file: ${messageOf(error)}`, { cause: error });
    }
  }

  /** Takes one line without its end. */
  readonly write = (line: string): void => {
    (this.#stream ?? process.stderr).write(`${line}\n`);
  };

  /** Goes on in the file that has the name now: whoever rotates logs has moved the other. */
  reopen(settings: SinkSettings): void {
    this.#close();
    this.#stream = open(settings);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close();
    await Promise.all(this.#closing);
  }

  #close(): void {
    const stream = this.#stream;
    if (!stream) return;
    this.#stream = undefined;
    const closed = once(stream, 'close').finally(() => this.#closing.delete(closed));
    this.#closing.add(closed);
    stream.end();
  }
}

function open(settings: SinkSettings): RotatingFileStream | undefined {
  const path = settings['log-file'];
  if (path === undefined) return undefined;
  const name = basename(path);
  const stream = createStream((index) => (typeof index === 'number' ? `${name}.${index}` : name), {
    path: dirname(resolve(path)),
    size: `${settings['log-size']}B`,
    rotate: settings['log-keep'],
    mode: 0o600,
  });
  stream.on('error', (error) => process.stderr.write(`the log cannot be written: ${error.message}\n`));
  return stream;
}
