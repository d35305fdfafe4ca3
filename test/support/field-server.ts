// A small v3 server with the habits of those in the field, written apart from src/. It takes small files only.
import {
  constants,
  createDecipheriv,
  createPublicKey,
  publicEncrypt,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { crcOnTheWire } from './v3-cryptography.ts';
import { REQUEST, RESPONSE } from './v3-frames.ts';
import type { CrcVariant } from './vectors.ts';

export interface FieldHabits {
  readonly crc: CrcVariant;
  /** Of how many 2103 the CRC is wrong, from the first on. */
  readonly wrongCrcs: number;
  readonly repliesTo1030: boolean;
  /** Whether 2104 and 2106 carry the client id. */
  readonly ackPayload: boolean;
  readonly closesAfterResponse: boolean;
  /** Whether a response arrives in two pieces. */
  readonly inPieces: boolean;
  /** What it says instead of `usual`: nothing with undefined, and `close` ends the connection behind it. */
  readonly says?: (request: FieldRequest, usual: Buffer | undefined) => Buffer | 'close' | undefined;
}

export interface FieldRequest {
  readonly id: Buffer;
  readonly code: number;
  readonly payload: Buffer;
}

interface KnownClient {
  readonly name: string;
  readonly aesKey: Buffer;
  publicKey?: KeyObject;
}

const OAEP = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' };
const ORDINARY: FieldHabits = {
  crc: 'zlib-ciphertext',
  wrongCrcs: 0,
  repliesTo1030: true,
  ackPayload: true,
  closesAfterResponse: false,
  inPieces: false,
};

export class FieldServer implements AsyncDisposable {
  readonly habits: FieldHabits;
  /** The code of every request, in order. */
  readonly requests: number[] = [];
  /** What a 1029 confirmed, by name. */
  readonly stored = new Map<string, Buffer>();
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #clients = new Map<string, KnownClient>();
  readonly #pending = new Map<string, Buffer>();
  #wrongCrcs: number;

  private constructor(habits: Partial<FieldHabits>) {
    this.habits = { ...ORDINARY, ...habits };
    this.#wrongCrcs = this.habits.wrongCrcs;
    this.#server = createServer((socket) => {
      this.connections += 1;
      this.#sockets.add(socket);
      socket.setNoDelay(true).on('error', () => {}); // the serving loop ends
      void this.#serve(socket).finally(() => {
        this.#sockets.delete(socket);
        socket.destroy();
      });
    });
  }

  static async start(habits: Partial<FieldHabits> = {}): Promise<FieldServer> {
    const server = new FieldServer(habits);
    await once(server.#server.listen(0, '127.0.0.1'), 'listening');
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** From now on it knows nobody. */
  forget(): void {
    this.#clients.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #serve(socket: Socket): Promise<void> {
    let bytes = Buffer.alloc(0);
    try {
      for await (const chunk of socket as AsyncIterable<Buffer>) {
        bytes = Buffer.concat([bytes, chunk]);
        while (bytes.length >= 23 && bytes.length >= 23 + bytes.readUInt32LE(19)) {
          const end = 23 + bytes.readUInt32LE(19);
          const request = {
            id: bytes.subarray(0, 16),
            code: bytes.readUInt16LE(17),
            payload: bytes.subarray(23, end),
          };
          bytes = bytes.subarray(end);
          this.requests.push(request.code);
          if (!(await this.#respond(socket, request))) return;
        }
      }
    } catch {
      // the client is gone
    }
  }

  /** @returns whether the connection goes on */
  async #respond(socket: Socket, request: FieldRequest): Promise<boolean> {
    const usual = this.#answer(request);
    const said = this.habits.says ? this.habits.says(request, usual) : usual;
    if (said === 'close') return false;
    if (said === undefined) return true;
    const middle = this.habits.inPieces ? 1 + (said.length >> 1) : 0;
    if (middle > 0) {
      socket.write(said.subarray(0, middle));
      await sleep(10); // only time keeps the pieces apart
    }
    socket.write(said.subarray(middle));
    if (this.habits.closesAfterResponse) socket.end();
    return !this.habits.closesAfterResponse;
  }

  #answer({ id, code, payload }: FieldRequest): Buffer | undefined {
    const client = this.#clients.get(id.toString('hex'));
    const acknowledgement = this.habits.ackPayload ? id : Buffer.alloc(0);
    const name = textOf(payload.subarray(code === REQUEST.file ? 4 : 0));
    if (code === REQUEST.register) return this.#register(name);
    if (code === REQUEST.reconnect) {
      return client?.publicKey
        ? response(RESPONSE.reconnected, id, publicEncrypt({ key: client.publicKey, ...OAEP }, client.aesKey))
        : response(RESPONSE.reconnectRefused, acknowledgement);
    }
    if (client === undefined) return response(RESPONSE.error);
    if (code === REQUEST.publicKey) {
      client.publicKey = createPublicKey({ key: payload.subarray(255), format: 'der', type: 'spki' });
      return response(RESPONSE.aesKey, id, publicEncrypt({ key: client.publicKey, ...OAEP }, client.aesKey));
    }
    if (code === REQUEST.file) return this.#receive(client, id, payload, name);
    const pending = this.#pending.get(name);
    this.#pending.delete(name);
    if (pending === undefined) return response(RESPONSE.error);
    if (code === REQUEST.crcOk) this.stored.set(name, pending);
    if (code === REQUEST.crcWrong && !this.habits.repliesTo1030) return undefined;
    return response(RESPONSE.acknowledged, acknowledgement);
  }

  #register(name: string): Buffer {
    if ([...this.#clients.values()].some((client) => client.name === name)) {
      return response(RESPONSE.registrationRefused);
    }
    const id = randomBytes(16);
    this.#clients.set(id.toString('hex'), { name, aesKey: randomBytes(16) });
    return response(RESPONSE.registered, id);
  }

  #receive({ aesKey }: KnownClient, id: Buffer, payload: Buffer, name: string): Buffer {
    const ciphertext = payload.subarray(259);
    const cipher = createDecipheriv('aes-128-cbc', aesKey, Buffer.alloc(16));
    const plaintext = Buffer.concat([cipher.update(ciphertext), cipher.final()]);
    this.#pending.set(name, plaintext);
    const crc = Buffer.from(crcOnTheWire(this.habits.crc, plaintext, ciphertext), 'hex');
    if (this.#wrongCrcs-- > 0) crc.writeUInt8(crc.readUInt8(0) ^ 0xff);
    return response(RESPONSE.fileReceived, id, payload.subarray(0, 259), crc);
  }
}

/** A response as it stands on the wire. */
export function response(code: number, ...parts: readonly Uint8Array[]): Buffer {
  const payload = Buffer.concat(parts);
  const header = Buffer.alloc(7);
  header.writeUInt8(3);
  header.writeUInt16LE(code, 1);
  header.writeUInt32LE(payload.length, 3);
  return Buffer.concat([header, payload]);
}

function textOf(field: Buffer): string {
  return field.toString('utf8', 0, field.indexOf(0));
}
