// What an operator does about v4 clients: over control.sock, as the sub-commands do it, and without starting one.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import type { RunningServer } from './running-server.ts';

const HOUR = 3_600_000;

export interface JoinLine {
  readonly line: string;
  readonly host: string;
  readonly port: number;
  readonly token: Buffer;
  readonly pin: string;
}

export interface EnrolOptions {
  readonly writeOnly?: boolean;
  /** Milliseconds. */
  readonly lifetime?: number;
}

/** A join line for this name, taken apart. */
export async function enrol(
  server: RunningServer,
  name: string,
  { writeOnly = false, lifetime = HOUR }: EnrolOptions = {},
): Promise<JoinLine> {
  const request = { op: 'enroll', name, writeOnly, lifetime, address: null };
  return parseJoinLine(((await operate(server, request)) as { line: string }).line);
}

export function parseJoinLine(line: string): JoinLine {
  const [, host = '', port = '', token = '', pin = ''] =
    /^sesame:\/\/(.+):(\d+)\/#([\w-]{43})\.([\w-]{43})$/.exec(line) ?? [];
  return { line, host, port: Number(port), token: Buffer.from(token, 'base64url'), pin };
}

export async function revoke(server: RunningServer, name: string): Promise<void> {
  await operate(server, { op: 'clients.revoke', name });
}

/** One request to a running server, and what it gives for it. */
export async function operate(server: RunningServer, request: object): Promise<unknown> {
  const socket = connect(join(server.dataDir, 'control.sock'));
  try {
    const reply = (await answerTo(socket, request)) as { value?: unknown; error?: { message: string } };
    if (reply.error) throw new Error(reply.error.message);
    return reply.value;
  } finally {
    socket.destroy();
  }
}

async function answerTo(socket: Socket, request: object): Promise<unknown> {
  socket.setEncoding('utf8').write(`${JSON.stringify(request)}\n`);
  let text = '';
  while (!text.includes('\n')) {
    const [chunk] = (await once(socket, 'data')) as [string];
    text += chunk;
  }
  return JSON.parse(text);
}
