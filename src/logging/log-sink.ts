import { once } from 'node:events';
import { statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { createStream } from 'rotating-file-stream';
import { messageOf, SesameError } from '../base/errors.ts';

/** Where log lines go. */
export interface LogSink extends AsyncDisposable {
  /** One line without its end. */
  readonly write: (line: string) => void;
}

interface SinkSettings {
  readonly 'log-file'?: string | undefined;
  /** Bytes. */
  readonly 'log-size': number;
  readonly 'log-keep': number;
}

/**
 * stderr, or a file that is rotated by size: `sesamed.log` is the newest, `sesamed.log.1` the one before it.
 *
 * @throws `bad-setting` where the file's folder is not there
 */
export function logSink(settings: SinkSettings): LogSink {
  const path = settings['log-file'];
  if (path === undefined) {
    return {
      write: (line) => process.stderr.write(`${line}\n`),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
  const [folder, name] = [dirname(resolve(path)), basename(path)];
  try {
    if (!statSync(folder).isDirectory()) throw new Error(`${folder} is no folder`);
  } catch (error) {
    throw new SesameError('bad-setting', `--log-file: ${messageOf(error)}`, { cause: error });
  }
  const stream = createStream((index) => (typeof index === 'number' ? `${name}.${index}` : name), {
    path: folder,
    size: `${settings['log-size']}B`,
    rotate: settings['log-keep'],
    mode: 0o600,
  });
  stream.on('error', (error) => process.stderr.write(`the log cannot be written: ${error.message}\n`));
  return {
    write: (line) => stream.write(`${line}\n`),
    [Symbol.asyncDispose]: async () => {
      stream.end();
      await once(stream, 'close');
    },
  };
}
