import type { Socket } from 'node:net';
import { TLSSocket, type SecureContext } from 'node:tls';
import { SesameError } from '../base/errors.ts';
import type { Guard } from '../guard/guard.ts';
import { TooManyAttempts, type Recovery } from '../guard/recovery.ts';

const PROTOCOL = 'sesame-recover/1';
/** A PIN and its line end, and not much more. */
const LONGEST = 32;

const STATUS: Readonly<Record<string, number>> = { 'wrong-pin': 401, 'too-many-requests': 429 };

interface RecoveryParts {
  readonly secureContext: SecureContext;
  readonly guard: Guard;
  readonly recovery: Recovery;
  /** What became of an attempt, before it is answered. */
  readonly note: (address: string, outcome: 'done' | 'refused') => Promise<void>;
}

/**
 * Takes the PIN of who is blocked, over TLS with the server's pinned key, and answers in one line (PROTOCOL.md part 3).
 *
 * @param raw its first bytes are still to be read; whoever gave it ends it after a while
 */
export async function recoverOverTls(raw: Socket, address: string, parts: RecoveryParts): Promise<void> {
  const { secureContext, guard, recovery, note } = parts;
  const socket = new TLSSocket(raw, { isServer: true, secureContext, ALPNProtocols: [PROTOCOL] });
  const pin = await lineFrom(socket);
  const source = guard.sourceOf(address);
  if (pin === undefined || source === null || socket.alpnProtocol !== PROTOCOL) {
    socket.destroy();
    return;
  }
  let answer = '200 your address is let in again; the PIN is used up';
  try {
    await recovery.recover(source, pin);
    await note(address, 'done');
  } catch (error) {
    // What was not even looked at is not written down.
    if (!(error instanceof TooManyAttempts)) await note(address, 'refused');
    const { code, message } =
      error instanceof SesameError ? error : { code: 'internal', message: 'it failed' };
    answer = `${STATUS[code] ?? 500} ${message}`;
  }
  await new Promise<void>((resolve) => {
    socket.once('close', () => {
      resolve();
    });
    socket.end(`${answer}\n`);
  });
}

/** @returns undefined where it ends before its line does, or is too long */
function lineFrom(socket: TLSSocket): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  let said = '';
  socket.on('data', (chunk: Buffer) => {
    said += chunk.toString('latin1');
    const [line, ...rest] = said.split('\n');
    if (said.length > LONGEST) resolve(undefined);
    else if (rest.length > 0) resolve(line?.trim());
  });
  for (const event of ['error', '_tlsError', 'end', 'close']) {
    socket.on(event, () => {
      resolve(undefined);
    });
  }
  return promise;
}
