import { createConnection, type Socket } from 'node:net';
import { ERROR_KINDS, errnoOf, SesameError, type ErrorCode } from '../base/errors.ts';
import { controlReply, type ControlRequest } from './control-protocol.ts';
import { onJsonLine, sendJsonLine } from './line-socket.ts';
import { SocketAddress } from './socket-address.ts';

/**
 * Asks the server that has the data folder.
 *
 * @throws `no-server` where none runs; what the server refuses with
 */
export async function askServer(socketPath: string, request: ControlRequest): Promise<unknown> {
  using address = new SocketAddress(socketPath);
  const socket = await connect(address.path);
  try {
    const reply = controlReply.parse(
      await new Promise((resolve, reject) => {
        onJsonLine(socket, resolve, reject);
        socket.once('error', reject);
        socket.once('close', () => {
          reject(new SesameError('no-server', 'the server ended before it answered'));
        });
        sendJsonLine(socket, request);
      }),
    );
    if ('error' in reply) throw revive(reply.error);
    return reply.value;
  } finally {
    socket.destroy();
  }
}

function connect(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path, () => {
      resolve(socket);
    });
    socket.once('error', (error) => {
      const none = ['ENOENT', 'ECONNREFUSED'].includes(errnoOf(error) ?? '');
      reject(none ? new SesameError('no-server', 'no server runs on this data folder') : error);
    });
  });
}

function revive({ code, message }: { readonly code: string; readonly message: string }): SesameError {
  return new SesameError(code in ERROR_KINDS ? (code as ErrorCode) : 'no-server', message);
}
