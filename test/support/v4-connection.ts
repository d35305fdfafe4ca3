// One TLS connection to a transfer port: bytes out, version 4 responses in, each wait with an end.
import { once } from 'node:events';
import { connect, type ConnectionOptions, type SecureVersion, type TLSSocket } from 'node:tls';
import { ClientSocket } from './client-socket.ts';
import { answerLength, parseAnswer, type V4Answer } from './v4-answers.ts';
import { sha256Pin, type Identity } from './v4-identity.ts';
import { within } from './waiting.ts';

const PATIENCE = 10_000;

export interface V4ConnectionOptions {
  /** null: no certificate is shown. */
  readonly identity: Identity | null;
  readonly host?: string;
  /** Empty: none is offered. */
  readonly alpn?: readonly string[];
  readonly versions?: readonly [least: SecureVersion, most: SecureVersion];
  /** One that an earlier connection was given. */
  readonly session?: Buffer;
  /** Anything else that node:tls can be told. */
  readonly tls?: ConnectionOptions;
  /** The server's; another ends it before a byte is sent. */
  readonly pin?: string;
}

export class V4Connection extends ClientSocket<TLSSocket> {
  /** The sessions that the server has handed out. */
  readonly tickets: Buffer[] = [];
  readonly #answers: V4Answer[] = [];
  #bytes: Buffer = Buffer.alloc(0);
  #pin: string | undefined;
  #fault: Error | undefined;

  private constructor(socket: TLSSocket) {
    super(socket);
    socket.on('session', (session: Buffer) => this.tickets.push(session));
  }

  /** Rejects when the handshake fails. Of TLS 1.3, the server may still refuse the client's certificate after it. */
  static async open(port: number, options: V4ConnectionOptions): Promise<V4Connection> {
    const { identity, host = '127.0.0.1', alpn = ['sesame/4'], versions = ['TLSv1.3', 'TLSv1.3'] } = options;
    const socket = connect({
      port,
      host,
      // The pin tells who it is, and nothing else.
      rejectUnauthorized: false,
      minVersion: versions[0],
      maxVersion: versions[1],
      ...(alpn.length > 0 && { ALPNProtocols: [...alpn] }),
      ...(identity && { key: identity.key, cert: identity.certificate }),
      ...(options.session && { session: options.session }),
      ...options.tls,
    });
    socket.setNoDelay(true);
    const connection = new V4Connection(socket);
    await once(socket, 'secureConnect');
    const key = socket.getPeerX509Certificate()?.publicKey;
    connection.#pin = key && sha256Pin(key.export({ type: 'spki', format: 'der' }));
    if (options.pin !== undefined && connection.pin !== options.pin) {
      socket.destroy();
      throw new Error(`the server's pin is ${connection.pin}`);
    }
    return connection;
  }

  /** The server's. */
  get pin(): string {
    if (this.#pin === undefined) throw new Error('the server has shown no certificate');
    return this.#pin;
  }

  get protocol(): string | null {
    return this.socket.getProtocol();
  }

  /** What was agreed on by ALPN. */
  get alpn(): string | false | null {
    return this.socket.alpnProtocol;
  }

  get resumed(): boolean {
    return this.socket.isSessionReused();
  }

  /** The next answer. Rejects when none comes in `patience` ms or the stream ends before it is whole. */
  async answer(patience = PATIENCE): Promise<V4Answer> {
    const answer = await this.answerOrEnd(patience);
    if (answer === undefined) throw new Error(`closed with ${this.#bytes.length} bytes of an answer`);
    return answer;
  }

  /** As `answer`, with undefined for the end. */
  async answerOrEnd(patience = PATIENCE): Promise<V4Answer | undefined> {
    const end = performance.now() + patience;
    for (;;) {
      const answer = this.#answers.shift();
      if (answer) return answer;
      if (this.#fault) throw this.#fault;
      if (this.over) return undefined;
      const left = end - performance.now();
      if (left <= 0 || !(await within(this.arrival.promise, Math.min(left, 2 ** 30)))) {
        throw new Error(`no answer within ${patience} ms`);
      }
    }
  }

  /** All answers until the other side ends. */
  async rest(patience = PATIENCE): Promise<V4Answer[]> {
    const answers: V4Answer[] = [];
    for (;;) {
      const answer = await this.answerOrEnd(patience);
      if (!answer) return answers;
      answers.push(answer);
    }
  }

  protected override take(chunk: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    try {
      for (;;) {
        const length = answerLength(this.#bytes);
        if (length === undefined || this.#bytes.length < length) break;
        this.#answers.push(parseAnswer(this.#bytes.subarray(0, length)));
        this.#bytes = this.#bytes.subarray(length);
      }
    } catch (error) {
      this.#fault = error instanceof Error ? error : new Error(String(error));
      this.socket.destroy();
    }
  }
}
