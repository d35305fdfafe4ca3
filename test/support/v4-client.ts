// A version 4 client for tests: it checks every receipt and every answer that it gets, and can be told to misbehave.
import type { Entry, V4Answer, Welcome } from './v4-answers.ts';
import { V4Connection, type V4ConnectionOptions } from './v4-connection.ts';
import { Refused } from './v4-errors.ts';
import { hash, MAX_CHUNK, NO_ID, NO_TOKEN, v4Payload, V4_REQUEST, v4Request } from './v4-frames.ts';
import { newIdentity, type Identity } from './v4-identity.ts';
import { V4Mailboxes } from './v4-mailboxes.ts';
import { parseReceipt, signatureHolds, type ReceiptFields } from './v4-receipts.ts';
import { nameField } from './v3-frames.ts';

const PATIENCE = 10_000;
const MOST_STREAMS = 1024;

export interface Acknowledged {
  readonly wasThere: boolean;
  readonly receipt: Buffer;
  readonly signature: Buffer;
  readonly fields: ReceiptFields;
}

export interface OpenOptions {
  readonly size?: number | null;
  readonly mtime?: bigint;
  readonly mode?: number;
  readonly startOver?: boolean;
}

export interface Opened {
  readonly stream: number;
  readonly state: 'new' | 'resumed' | 'stored';
  readonly offset: number;
  readonly sha256: Buffer;
}

export interface Facts {
  readonly mtime: bigint;
  readonly mode: number;
}

export const FACTS: Facts = { mtime: 1_767_323_045_678_901_234n, mode: 0o640 };

type On<T extends V4Answer['type']> = Extract<V4Answer, { readonly type: T }>;

export class V4Client implements Disposable {
  readonly identity: Identity;
  readonly connection: V4Connection;
  /** New versions' receipts, in the order in which they came. */
  readonly receipts: Buffer[] = [];
  /** Settles with what was said to the connection as a whole, if anything was, when it is over. */
  readonly over: Promise<Refused | undefined>;
  #welcome: Welcome | undefined;
  readonly #paths = new Map<number, string>();
  readonly #mailboxes = new V4Mailboxes();
  #isOver = false;
  #refusal: Refused | undefined;
  #nextStream = 1;
  #sent = 0;
  #taken = 0;
  #takenNews = Promise.withResolvers<undefined>();

  private constructor(connection: V4Connection, identity: Identity) {
    this.connection = connection;
    this.identity = identity;
    this.over = this.#dispatch();
    this.over.catch(() => {}); // who waits for an answer is told
  }

  /** Connects, and says nothing yet. */
  static async connect(
    port: number,
    identity: Identity = newIdentity(),
    options: Partial<V4ConnectionOptions> = {},
  ): Promise<V4Client> {
    return new V4Client(await V4Connection.open(port, { identity, ...options }), identity);
  }

  /** A client with a new key, or the one given, that has joined openly under this name. */
  static async joined(port: number, name: string, identity: Identity = newIdentity()): Promise<V4Client> {
    const client = await V4Client.connect(port, identity);
    await client.join(name);
    return client;
  }

  /** A client that has joined already, on a new connection. */
  static async back(port: number, identity: Identity): Promise<V4Client> {
    const client = await V4Client.connect(port, identity);
    await client.hello();
    return client;
  }

  get welcome(): Welcome {
    if (!this.#welcome) throw new Error('not welcomed yet');
    return this.#welcome;
  }

  get id(): Buffer {
    return this.#welcome?.clientId ?? NO_ID;
  }

  /** Content bytes that the server has reported as taken. */
  get taken(): number {
    return this.#taken;
  }

  async hello(): Promise<Welcome> {
    return this.#login(V4_REQUEST.hello, v4Payload.hello());
  }

  /** Openly by a name, or by a token. */
  async join(way: string | { readonly token: Uint8Array }, name = 'ignored'): Promise<Welcome> {
    const payload =
      typeof way === 'string'
        ? v4Payload.join(0, NO_TOKEN, nameField(way))
        : v4Payload.join(1, way.token, nameField(name));
    return this.#login(V4_REQUEST.join, payload);
  }

  /** A stream that was not used yet. */
  newStream(): number {
    return this.#nextStream++;
  }

  /** Any request, whatever comes of it. */
  async request(code: number, payload: Uint8Array, id: Uint8Array = this.id): Promise<void> {
    await this.connection.send(v4Request(code, id, payload));
  }

  async open(path: string, options: OpenOptions = {}, stream = this.newStream()): Promise<Opened> {
    const { size = null, mtime = FACTS.mtime, mode = FACTS.mode, startOver = false } = options;
    this.#paths.set(stream, path);
    await this.request(V4_REQUEST.open, v4Payload.open(stream, { path, size, mtime, mode, startOver }));
    return this.next(stream, 'opened');
  }

  /** Content from an offset on, in pieces, as far as the window allows. */
  async data(stream: number, offset: number, content: Uint8Array, piece = MAX_CHUNK): Promise<void> {
    for (let at = 0; at < content.length; at += piece) {
      const part = content.subarray(at, at + piece);
      await this.#room(part.length);
      await this.request(V4_REQUEST.data, v4Payload.data(stream, offset + at, part));
    }
  }

  async commit(
    stream: number,
    content: Uint8Array,
    claim: { readonly size?: number; readonly sha256?: Uint8Array } = {},
  ): Promise<Acknowledged> {
    const { size = content.length, sha256 = hash(content) } = claim;
    await this.request(V4_REQUEST.commit, v4Payload.commit(stream, size, sha256));
    return this.#acknowledged(stream, this.#paths.get(stream) ?? '', content);
  }

  /** A whole file by 1103, 1104 and 1105. */
  async upload(path: string, content: Uint8Array, options: OpenOptions = {}): Promise<Acknowledged> {
    const facts = { size: content.length, ...options };
    const { stream, ...opened } = await this.open(path, facts);
    // The same facts, and another content.
    const another = opened.state === 'stored' && !opened.sha256.equals(hash(content));
    const { state, offset } = another ? await this.open(path, { ...facts, startOver: true }, stream) : opened;
    if (state !== 'stored') await this.data(stream, offset, content.subarray(offset));
    return this.commit(stream, content);
  }

  /** A whole file by 1106. */
  async put(path: string, content: Uint8Array, facts: Partial<Facts> = {}): Promise<Acknowledged> {
    return this.putOn(this.newStream(), path, content, facts);
  }

  /** Many files by 1106, as many at once as there may be streams. */
  async putAll(files: Iterable<readonly [path: string, content: Uint8Array]>): Promise<Acknowledged[]> {
    const answers: Acknowledged[] = [];
    const waiting = Array.from(files);
    while (waiting.length > 0) {
      const batch = waiting.splice(0, MOST_STREAMS).map(([path, content]) => this.put(path, content));
      answers.push(...(await Promise.all(batch)));
    }
    return answers;
  }

  async putOn(
    stream: number,
    path: string,
    content: Uint8Array,
    facts: Partial<Facts> & { readonly sha256?: Uint8Array } = {},
  ): Promise<Acknowledged> {
    await this.#room(content.length);
    await this.request(V4_REQUEST.put, v4Payload.put(stream, { path, content, ...FACTS, ...facts }));
    return this.#acknowledged(stream, path, content);
  }

  async cancel(stream: number, what: 'keep' | 'drop'): Promise<void> {
    await this.request(V4_REQUEST.cancel, v4Payload.cancel(stream, what));
    await this.next(stream, 'done');
  }

  async folder(path: string, facts: Partial<Facts> = {}): Promise<void> {
    const stream = this.newStream();
    await this.request(V4_REQUEST.folder, v4Payload.folder(stream, { path, ...FACTS, ...facts }));
    await this.next(stream, 'done');
  }

  /** One page. */
  async list(path = '', after = ''): Promise<On<'listing'>> {
    const stream = this.newStream();
    await this.request(V4_REQUEST.list, v4Payload.list(stream, path, after));
    return this.next(stream, 'listing');
  }

  async listAll(path = ''): Promise<Entry[]> {
    const entries: Entry[] = [];
    for (;;) {
      const page = await this.list(path, entries.at(-1)?.path);
      entries.push(...page.entries);
      if (!page.more) return entries;
      if (page.entries.length === 0) throw new Error('an empty page, and more to follow');
    }
  }

  /** The facts of a file, and its content from an offset on. */
  async fetch(path: string, offset = 0): Promise<{ facts: On<'file'>; content: Buffer }> {
    const stream = this.newStream();
    await this.request(V4_REQUEST.fetch, v4Payload.fetch(stream, offset, path));
    const facts = await this.next(stream, 'file');
    const pieces: Buffer[] = [];
    for (let position = offset; position < facts.size;) {
      const piece = await this.next(stream, 'content');
      if (piece.offset !== position) throw new Error(`content at ${piece.offset}, not at ${position}`);
      pieces.push(piece.content);
      position += piece.content.length;
    }
    await this.next(stream, 'done');
    return { facts, content: Buffer.concat(pieces) };
  }

  /** The next answer on a stream, or to the connection where that is over. Rejects with `Refused`. */
  async next<T extends V4Answer['type']>(stream: number, type: T, patience = PATIENCE): Promise<On<T>> {
    const answer = await this.nextAnswer(stream, patience);
    if (answer.type === 'refused') throw new Refused(answer.error, answer.stream, answer.message);
    if (!isOf(answer, type)) throw new Error(`a ${answer.type} on stream ${stream}, not a ${type}`);
    return answer;
  }

  async nextAnswer(stream: number, patience = PATIENCE): Promise<V4Answer> {
    const answer = await this.#mailboxes.next(stream, patience);
    if (answer) return answer;
    await this.over; // what went wrong, if anything did
    throw this.#refusal ?? new Error('the connection ended');
  }

  /** Whether an answer on this stream is here already. */
  hasNews(stream: number): boolean {
    return this.#mailboxes.has(stream);
  }

  /** Leaves, and waits until it is gone. */
  async leave(): Promise<void> {
    this.connection.end();
    await this.over;
    this[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.connection[Symbol.dispose]();
  }

  async #login(code: number, payload: Uint8Array): Promise<Welcome> {
    await this.request(code, payload);
    this.#welcome = await this.next(0, 'welcome');
    return this.#welcome;
  }

  async #acknowledged(stream: number, path: string, content: Uint8Array): Promise<Acknowledged> {
    const { wasThere, receipt, signature } = await this.next(stream, 'receipt', 2 * PATIENCE);
    const fields = parseReceipt(receipt);
    const { clientId, receiptKey, name } = this.welcome;
    const wanted = {
      server: this.connection.pin,
      client: clientId.toString('hex'),
      name,
      spki: this.identity.pin,
      path,
      size: content.length,
      sha256: hash(content).toString('hex'),
    };
    for (const [field, value] of Object.entries(wanted)) {
      const said = fields[field as keyof typeof wanted];
      if (said !== value) throw new Error(`a receipt with ${field} ${said}, not ${value}`);
    }
    if (!signatureHolds(receiptKey, receipt, signature)) throw new Error('a receipt that is not signed');
    if (!wasThere) this.receipts.push(receipt);
    return { wasThere, receipt, signature, fields };
  }

  /** Resolves when so many bytes more may be in flight. */
  async #room(bytes: number): Promise<void> {
    while (this.#sent + bytes - this.#taken > this.welcome.window && !this.#isOver) {
      await this.#takenNews.promise;
    }
    this.#sent += bytes;
  }

  async #dispatch(): Promise<Refused | undefined> {
    try {
      for (;;) {
        const answer = await this.connection.answerOrEnd(Infinity);
        if (!answer) return this.#refusal;
        this.#deliver(answer);
      }
    } finally {
      this.#isOver = true;
      this.#takenNews.resolve(undefined);
      this.#mailboxes.close();
    }
  }

  #deliver(answer: V4Answer): void {
    if (answer.type === 'window') {
      if (answer.taken < this.#taken || answer.taken > this.#sent) {
        throw new Error(`${answer.taken} bytes taken of ${this.#sent}, and ${this.#taken} before that`);
      }
      this.#taken = answer.taken;
      this.#takenNews.resolve(undefined);
      this.#takenNews = Promise.withResolvers<undefined>();
      return;
    }
    const stream = answer.type === 'welcome' ? 0 : answer.stream;
    if (stream === 0 && answer.type === 'refused') {
      this.#refusal = new Refused(answer.error, 0, answer.message);
    }
    this.#mailboxes.deliver(stream, answer);
  }
}

function isOf<T extends V4Answer['type']>(answer: V4Answer, type: T): answer is On<T> {
  return answer.type === type;
}
