import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { messageOf, SesameError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { controlRequest, type ControlReply } from './control-protocol.ts';
import { onJsonLine, sendJsonLine } from './line-socket.ts';
import { carryOut, type Operator } from './operations.ts';
import { SocketAddress } from './socket-address.ts';

/** `control.sock`: how sub-commands speak with this server. */
export class ControlServer implements Disposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #address: SocketAddress;

  private constructor(server: Server, address: SocketAddress) {
    this.#server = server;
    this.#address = address;
  }

  /** @param path in the data folder, which is locked by now: a socket that is there is a dead one */
  static async start(path: string, operator: Operator, log: Logger): Promise<ControlServer> {
    rmSync(path, { force: true });
    const server = createServer();
    const address = new SocketAddress(path);
    const control = new ControlServer(server, address);
    server.on('connection', (socket) => {
      control.#serve(socket, operator, log);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(address.path, resolve);
    });
    chmodSync(path, 0o600);
    return control;
  }

  [Symbol.dispose](): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#address[Symbol.dispose]();
  }

  #serve(socket: Socket, operator: Operator, log: Logger): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', (error) => {
      log.debug('control connection failed', { why: error.message });
    });
    onJsonLine(
      socket,
      (value) => {
        void answer(value, operator, log).then((reply) => {
          sendJsonLine(socket, reply);
        });
      },
      () => socket.destroy(),
    );
  }
}

async function answer(value: unknown, operator: Operator, log: Logger): Promise<ControlReply> {
  try {
    const request = controlRequest.parse(value);
    log.info('operator', { ...request });
    return { value: await carryOut(request, operator) };
  } catch (error) {
    const code = error instanceof SesameError ? error.code : 'bad-setting';
    return { error: { code, message: messageOf(error) } };
  }
}
