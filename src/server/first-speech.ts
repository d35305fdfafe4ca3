import type { Socket } from 'node:net';
import { FIRST_BYTES, speechOf } from '../protocol/first-bytes.ts';
import { LIMITS } from './limits.ts';

/**
 * Waits for the bytes that tell what a connection speaks, and puts them back to be read again.
 *
 * @param silence how long it may say nothing, ms; once it has begun it has as long as for a header
 * @returns undefined when it ended, or took too long
 */
export function awaitSpeech(socket: Socket, silence: number): Promise<'v3' | 'tls' | undefined> {
  const { promise, resolve } = Promise.withResolvers<'v3' | 'tls' | undefined>();
  let seen: Buffer = Buffer.alloc(0);
  let timer = setTimeout(() => {
    settle(undefined);
  }, silence);

  const settle = (speech: 'v3' | 'tls' | undefined): void => {
    clearTimeout(timer);
    socket.off('data', onData).off('end', onEnd).off('close', onClose);
    socket.pause();
    if (seen.byteLength > 0) socket.unshift(seen);
    resolve(speech);
  };
  const onData = (chunk: Buffer): void => {
    if (seen.byteLength === 0) {
      clearTimeout(timer);
      timer = setTimeout(() => {
        settle(undefined);
      }, LIMITS.header);
    }
    seen = seen.byteLength === 0 ? chunk : Buffer.concat([seen, chunk]);
    const speech = speechOf(seen.subarray(0, FIRST_BYTES));
    if (speech !== 'undecided') settle(speech);
  };
  const onEnd = (): void => {
    settle(undefined);
  };
  const onClose = (): void => {
    settle(undefined);
  };
  socket
    .on('data', onData)
    .on('end', onEnd)
    .on('close', onClose)
    .on('error', () => undefined)
    // Who has read a PROXY header from it has left it paused.
    .resume();
  return promise;
}
