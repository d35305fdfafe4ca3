// What an operator does about v4 clients: over control.sock, as the sub-commands do it, and without starting one.
import { operate } from './operate.ts';
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
