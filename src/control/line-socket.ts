import type { Socket } from 'node:net';
import { SesameError } from '../base/errors.ts';

/** The longest line that either side of `control.sock` takes, bytes. */
const MAX_LINE = 16 * 1024 * 1024;

/** Calls back with each JSON value that comes in a line of its own. */
export function onJsonLine(
  socket: Socket,
  take: (value: unknown) => void,
  fail: (error: Error) => void,
): void {
  let pending = '';
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    pending += text;
    if (pending.length > MAX_LINE) {
      fail(new SesameError('too-large', 'a line on control.sock is too long'));
      return;
    }
    for (let end = pending.indexOf('\n'); end >= 0; end = pending.indexOf('\n')) {
      const line = pending.slice(0, end);
      pending = pending.slice(end + 1);
      try {
        take(JSON.parse(line));
      } catch (error) {
        fail(error instanceof Error ? error : new Error(String(error)));
        return;
      }
    }
  });
}

export function sendJsonLine(socket: Socket, value: unknown): void {
  socket.write(`${JSON.stringify(value)}\n`);
}
