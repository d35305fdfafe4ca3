// HTTP as scripts and browsers speak it, with every header in the caller's hand.
import { request as requestPlain, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { request as requestSecure } from 'node:https';
import type { Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import type { NewToken } from '../../src/gateway/client-types.ts';
import type { Session } from '../../src/gateway/api-types.ts';
import { RunningServer } from './running-server.ts';
import { until } from './waiting.ts';

export interface WebRequest {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Uint8Array | Readable;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Over which it is asked; a new one unless told otherwise. */
  readonly connection?: Socket;
}

export class WebAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;

  constructor({ statusCode = 0, headers }: IncomingMessage, body: Buffer) {
    this.status = statusCode;
    this.headers = headers;
    this.body = body;
  }

  get text(): string {
    return this.body.toString();
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- its caller knows what the API answers
  json<T>(): T {
    return JSON.parse(this.text) as T;
  }

  /** The code of a problem (RFC 9457), which every refusal is. */
  get code(): string | undefined {
    const type = this.headers['content-type'] ?? '';
    return type.startsWith('application/problem+json') ? this.json<{ code: string }>().code : undefined;
  }
}

/** Asks for a path just as it stands. @param origin `http://127.0.0.1:8357` */
export async function ask(origin: string, path: string, asked: WebRequest = {}): Promise<WebAnswer> {
  const { hostname, port, protocol } = new URL(origin);
  const { connection } = asked;
  const body = asked.json === undefined ? asked.body : JSON.stringify(asked.json);
  const headers = {
    ...(asked.json !== undefined && { 'content-type': 'application/json' }),
    ...(typeof body === 'string' && { 'content-length': Buffer.byteLength(body) }),
    ...(body instanceof Uint8Array && { 'content-length': body.byteLength }),
    ...asked.headers,
  };
  const open = protocol === 'https:' ? requestSecure : requestPlain;
  const host = hostname.replace(/^\[|\]$/g, '');
  const outgoing = open({
    ...{ host, port, path, headers, method: asked.method ?? (body === undefined ? 'GET' : 'POST') },
    rejectUnauthorized: false,
    ...(connection ? { createConnection: () => connection } : { agent: false }),
  });
  const answered = Promise.withResolvers<IncomingMessage>();
  outgoing.on('response', answered.resolve).on('error', answered.reject);
  if (typeof body === 'object' && 'pipe' in body) body.pipe(outgoing);
  else outgoing.end(body);
  const answer = await answered.promise;
  return new WebAnswer(answer, await buffer(answer));
}

export const PASSWORD = 'correct horse battery';

/** Somebody with a session, as the console's page holds it. */
export class SignedIn {
  readonly origin: string;
  readonly cookie: string;
  readonly session: Session;

  constructor(origin: string, answer: WebAnswer) {
    if (answer.status !== 200) throw new Error(`signing in: ${answer.text}`);
    this.origin = origin;
    this.cookie = cookieOf(answer);
    this.session = answer.json<Session>();
  }

  static async byLink(origin: string, link: string, name?: string, password = PASSWORD): Promise<SignedIn> {
    const token = link.split('#sign-in=')[1] ?? '';
    return new SignedIn(origin, await ask(origin, '/api/session/link', { json: { token, name, password } }));
  }

  static async byPassword(origin: string, name: string, password = PASSWORD): Promise<SignedIn> {
    return new SignedIn(origin, await ask(origin, '/api/session', { json: { name, password } }));
  }

  ask(path: string, asked: WebRequest = {}): Promise<WebAnswer> {
    const headers = { cookie: this.cookie, 'x-csrf-token': this.session.csrf, ...asked.headers };
    return ask(this.origin, path, { ...asked, headers });
  }

  /** An answer that is wanted. */
  async json<T>(path: string, asked: WebRequest = {}): Promise<T> {
    const answer = await this.ask(path, asked);
    if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${answer.text}`);
    return answer.json<T>();
  }

  /** A new access token of a client, as a header. */
  async tokenFor(
    client: string,
    more: { readonly write_only?: boolean } = {},
  ): Promise<{ authorization: string }> {
    const { token } = await this.json<NewToken>('/api/tokens', { json: { client, ...more } });
    return { authorization: `Bearer ${token}` };
  }
}

/** The session's cookie out of `Set-Cookie`. */
export function cookieOf({ headers }: WebAnswer): string {
  return headers['set-cookie']?.[0]?.split(';')[0] ?? '';
}

/** A server with a gateway, on free ports. */
export class WebServer implements AsyncDisposable {
  readonly server: RunningServer;

  private constructor(server: RunningServer) {
    this.server = server;
  }

  static async start(...args: string[]): Promise<WebServer> {
    return new WebServer(await RunningServer.start('--http-port', '0', ...args)).#said();
  }

  static async startBelow(parent: string, ...args: string[]): Promise<WebServer> {
    return new WebServer(await RunningServer.startBelow(parent, '--http-port', '0', ...args)).#said();
  }

  get port(): number {
    return this.server.http?.port ?? 0;
  }

  get origin(): string {
    return `${this.isSecure ? 'https' : 'http'}://127.0.0.1:${this.port}`;
  }

  /** The newest that it has printed; it does so a moment after it is ready. */
  async printedLink(): Promise<string> {
    await until('the link is printed', async () => /#sign-in=\S+\n/.test(this.server.stderr));
    return this.firstLink;
  }

  get firstLink(): string {
    const links = this.server.stderr.match(/https?:\/\/\S+#sign-in=\S+/g);
    return links?.at(-1) ?? '';
  }

  get isSecure(): boolean {
    return /^console at https:/m.test(this.server.stderr);
  }

  ask(path: string, asked: WebRequest = {}): Promise<WebAnswer> {
    return ask(this.origin, path, asked);
  }

  /** The first operator. */
  async operator(name = 'ada'): Promise<SignedIn> {
    return SignedIn.byLink(this.origin, await this.printedLink(), name);
  }

  /** Where its console is: it says so a moment after it is ready. */
  async #said(): Promise<this> {
    await until('where the console is', async () => /^console at .*\n/m.test(this.server.stderr));
    return this;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.server[Symbol.asyncDispose]();
  }
}
