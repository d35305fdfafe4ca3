// A Connection at one end of a real socket pair, a client at the other, and a handler that the test brings.
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { Answer, Request } from '../../../src/handlers/base-request-handler.ts';
import { Connection } from '../../../src/server/connection.ts';
import { v3Conversation } from '../../../src/server/v3-conversation.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';
import { V3Connection } from '../../support/v3-connection.ts';
import { filePayload, nameField, request, REQUEST } from '../../support/v3-frames.ts';

export const REST_LIMIT = 60_000;

export type Handle = (request: Request) => Promise<Answer>;

export class ConnectionPair implements Disposable {
  readonly clock = new FakeClock();
  readonly log = new RecordingLogger();
  readonly client: V3Connection;
  /** The server's end. */
  readonly socket: Socket;
  readonly connection: Connection;
  /** How often the connection said that a request succeeded. */
  proven = 0;

  private constructor(client: V3Connection, socket: Socket, handle: Handle | undefined) {
    this.client = client;
    this.socket = socket;
    this.connection = new Connection(socket, {
      peer: 'the peer',
      conversation: v3Conversation(
        () => handle && { name: 'Handler', handle, argumentsOf: () => ({}), answerIsSecret: false },
      ),
      clock: this.clock,
      log: this.log,
      restLimit: REST_LIMIT,
      onRefused: () => {},
      onProven: () => {
        this.proven += 1;
      },
    });
  }

  static async open(handle: Handle | undefined): Promise<ConnectionPair> {
    const server = createServer({ allowHalfOpen: true });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
    const client = await V3Connection.open(typeof address === 'object' && address ? address.port : 0);
    const socket = await accepted;
    server.close();
    return new ConnectionPair(client, socket, handle);
  }

  /** Resolves when the server has read what is sent. */
  async sendAndBeRead(bytes: Uint8Array): Promise<void> {
    const read = once(this.socket, 'data');
    await this.client.send(bytes);
    await read;
  }

  [Symbol.dispose](): void {
    this.client[Symbol.dispose]();
    this.connection.destroy();
  }
}

/** A response frame with one byte of payload. */
export function frame(mark: number): Buffer {
  return Buffer.from([3, 0x38, 0x08, 1, 0, 0, 0, mark]);
}

/** A request without a body. */
export function plainRequest(name = 'a'): Buffer {
  return request(REQUEST.register, nameField(name));
}

/** A file's request whose header announces `size` bytes, with those that come right behind it. */
export function fileRequest(size: number, content: Uint8Array = Buffer.alloc(0)): Buffer {
  const payload = filePayload(nameField('f'), content, size);
  return request(REQUEST.file, payload, { payloadSize: 259 + size });
}
