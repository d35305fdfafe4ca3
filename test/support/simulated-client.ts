// A version 3 client as programs in the field are, with their habits and their weaknesses as options.
import { constants, privateDecrypt } from 'node:crypto';
import { crcOnTheWire, encrypt, keyPair } from './v3-cryptography.ts';
import { V3Connection } from './v3-connection.ts';
import {
  filePayload,
  nameField,
  receivedFile,
  request,
  REQUEST,
  RESPONSE,
  type Response,
} from './v3-frames.ts';
import type { CrcVariant } from './vectors.ts';

export interface Habits {
  readonly version: 1 | 2 | 3 | 24;
  readonly key: { readonly bits: number; readonly exponent: number };
  readonly crc: CrcVariant;
  /**
   * What it does after a 1030: `waits` for a 2104 and knows no other way; `listens` for a moment and takes a 2104 as
   * the final OK; `hurries` the next send out, and takes a 2104 that comes first as the final OK; `skips` that 2104.
   */
  readonly after1030: 'waits' | 'listens' | 'hurries' | 'skips';
  /** Whether a 2104 or 2106 without a client id breaks it. */
  readonly needsAckPayload: boolean;
  readonly connections: 'one' | 'per-request';
  /** `c-string`: cannot hold a 00 byte; `hex-pairs`: loses the leading zero of bytes 7 and 15. */
  readonly ids: 'any' | 'c-string' | 'hex-pairs';
  readonly sends: 3 | 4;
  /** Whether a response that arrives in pieces breaks it. */
  readonly needsWholeResponses: boolean;
  readonly content: 'inside' | 'outside';
  /** What stands behind the NUL of its names. */
  readonly nameRest: Uint8Array;
  /** The client id in its 1025. */
  readonly registerId: Uint8Array;
}

export const ORDINARY: Habits = {
  version: 3,
  key: { bits: 1024, exponent: 17 },
  crc: 'zlib-ciphertext',
  after1030: 'waits',
  needsAckPayload: false,
  connections: 'one',
  ids: 'any',
  sends: 4,
  needsWholeResponses: false,
  content: 'inside',
  nameRest: Buffer.alloc(1),
  registerId: Buffer.alloc(16),
};

/** `believed`: it took a 2104 for the final OK that was none. */
export type Outcome = 'verified' | 'gave-up' | 'believed' | 'refused';

export interface SendReport {
  readonly outcome: Outcome;
  /** The CRC of each 2103, in hex, in order. */
  readonly crcs: readonly string[];
}

const LISTENING = 600;
export class SimulatedClient implements Disposable {
  readonly name: string;
  readonly habits: Habits;
  readonly #port: () => number;
  #connection: V3Connection | undefined;
  #id: Buffer | undefined;
  #aesKey: Buffer | undefined;

  /** `port` is asked at each connection, so that a server may come back on another. */
  constructor(
    port: () => number,
    name: string,
    habits: Partial<Habits> = {},
    /** The first, where it stands already. */
    connection?: V3Connection,
  ) {
    this.#port = port;
    this.#connection = connection;
    this.name = name;
    this.habits = { ...ORDINARY, ...habits };
  }

  get id(): Buffer {
    if (this.#id === undefined) throw new Error('not registered');
    return this.#id;
  }

  get aesKey(): Buffer {
    if (this.#aesKey === undefined) throw new Error('no AES key yet');
    return this.#aesKey;
  }

  /** Registers and gets a key: what a program does that has no me.info. */
  async enrol(): Promise<this> {
    await this.register();
    await this.exchangeKey();
    return this;
  }

  async register(): Promise<void> {
    const frame = this.#request(REQUEST.register, this.#field(this.name), this.habits.registerId);
    const response = await this.#ask(frame, RESPONSE.registered);
    const id = Buffer.from(response.payload);
    this.#holdId(id);
    this.#id = id;
  }

  async exchangeKey(): Promise<void> {
    const { bits, exponent } = this.habits.key;
    const payload = Buffer.concat([this.#field(this.name), keyPair(bits, exponent).publicDer]);
    this.#unwrap(await this.#ask(this.#request(REQUEST.publicKey, payload), RESPONSE.aesKey));
  }

  async reconnect(): Promise<void> {
    const frame = this.#request(REQUEST.reconnect, this.#field(this.name));
    this.#unwrap(await this.#ask(frame, RESPONSE.reconnected));
  }

  /** Sends one file until the CRC agrees or the tries are used up; of the CRCs it doubts the first `doubts` anyway. */
  async sendFile(name: string, plaintext: Uint8Array, doubts = 0): Promise<SendReport> {
    const field = this.#field(name);
    const ciphertext = encrypt(this.aesKey, plaintext);
    const right = crcOnTheWire(this.habits.crc, plaintext, ciphertext);
    const file = this.fileRequest(field, ciphertext);
    const crcs: string[] = [];
    let response: Response | 'silence' = await this.exchange(file);
    for (let send = 1; ; send++) {
      if (response === 'silence' || response.code === RESPONSE.error) return { outcome: 'refused', crcs };
      const received = receivedFile(response);
      if (!received.field.equals(field)) throw new Error('the name in 2103 is not the one that was sent');
      if (received.contentSize !== ciphertext.length) throw new Error('the content size in 2103 is another');
      crcs.push(received.crcHex);
      if (received.crcHex === right && send > doubts) {
        return { outcome: await this.#acknowledge(REQUEST.crcOk, field, 'verified'), crcs };
      }
      if (send === this.habits.sends) {
        return { outcome: await this.#acknowledge(REQUEST.crcGiveUp, field, 'gave-up'), crcs };
      }
      response = await this.#sendAgain(this.#request(REQUEST.crcWrong, field), file);
      if (response !== 'silence' && response.code === RESPONSE.acknowledged) {
        if (this.habits.after1030 === 'hurries') this.close(); // a 2103 is still to come, which it does not expect
        return { outcome: 'believed', crcs };
      }
    }
  }

  /** A 1028 with the habits of this client. */
  fileRequest(field: Uint8Array, ciphertext: Uint8Array): Buffer {
    const { version, content } = this.habits;
    const payload = filePayload(field, ciphertext);
    return request(REQUEST.file, payload, {
      id: this.id,
      version,
      payloadSize: content === 'outside' ? 259 : payload.length,
    });
  }

  /** Sends a frame and gives its response, whatever it is. */
  async exchange(frame: Uint8Array): Promise<Response> {
    const connection = await this.#connected();
    await connection.send(frame);
    return this.#held(await connection.response());
  }

  /** Leaves: the next request opens a new connection. */
  close(): void {
    this.#connection?.[Symbol.dispose]();
    this.#connection = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #acknowledge(code: number, field: Uint8Array, outcome: Outcome): Promise<Outcome> {
    const response = await this.exchange(this.#request(code, field));
    if (response.code === RESPONSE.error) return 'refused';
    if (response.code !== RESPONSE.acknowledged) throw new Error(`expected 2104, got ${response.code}`);
    return outcome;
  }

  async #sendAgain(wrong: Buffer, file: Buffer): Promise<Response | 'silence'> {
    const connection = await this.#connected();
    const { after1030 } = this.habits;
    if (after1030 === 'waits' || after1030 === 'listens') {
      await connection.send(wrong);
      const answer = await connection.responseOrSilence(after1030 === 'waits' ? LISTENING * 3 : LISTENING);
      if (answer === undefined && after1030 === 'waits') return 'silence';
      if (answer !== undefined && after1030 === 'listens') return this.#held(answer);
      if (answer !== undefined && this.#held(answer).code !== RESPONSE.acknowledged) return answer;
      return this.exchange(file);
    }
    await connection.send(Buffer.concat([wrong, file]));
    const first = this.#held(await connection.response());
    if (after1030 === 'hurries' || first.code !== RESPONSE.acknowledged) return first;
    return this.#held(await connection.response());
  }

  async #connected(): Promise<V3Connection> {
    if (this.habits.connections === 'per-request') this.close();
    this.#connection ??= await V3Connection.open(this.#port());
    return this.#connection;
  }

  async #ask(frame: Uint8Array, code: number): Promise<Response> {
    const response = await this.exchange(frame);
    if (response.code !== code) throw new Error(`expected ${String(code)}, got ${String(response.code)}`);
    return response;
  }

  #held(response: Response): Response {
    const { code, payload, version, inPieces } = response;
    if (version !== 3) throw new Error(`a response of version ${String(version)}`);
    if (inPieces && this.habits.needsWholeResponses) throw new Error(`${String(code)} arrived in pieces`);
    const mayBeEmpty = code === RESPONSE.acknowledged || code === RESPONSE.reconnectRefused;
    if (mayBeEmpty && payload.length === 0 && this.habits.needsAckPayload)
      throw new Error(`${String(code)} is empty`);
    const carriesId = code !== RESPONSE.registered && payload.length >= 16;
    if (carriesId && !payload.subarray(0, 16).equals(this.id))
      throw new Error(`${String(code)} is for another id`);
    return response;
  }

  #holdId(id: Buffer): void {
    const hex = id.toString('hex');
    if (this.habits.ids === 'c-string' && id.includes(0)) throw new Error(`cannot hold the id ${hex}`);
    const low = [id.readUInt8(7), id.readUInt8(15)].some((byte) => byte < 0x10);
    if (this.habits.ids === 'hex-pairs' && low) throw new Error(`cannot hold the id ${hex}`);
  }

  #unwrap(response: Response): void {
    const { bits, exponent } = this.habits.key;
    const key = keyPair(bits, exponent).privateKey;
    const padding = constants.RSA_PKCS1_OAEP_PADDING;
    this.#aesKey = privateDecrypt({ key, padding, oaepHash: 'sha1' }, response.payload.subarray(16));
  }

  #field(name: string): Buffer {
    return nameField(name, this.habits.nameRest);
  }

  #request(code: number, payload: Uint8Array, id: Uint8Array = this.id): Buffer {
    return request(code, payload, { id, version: this.habits.version });
  }
}
