/** What the server and the helper say to each other, byte by byte: docs/GATE.md 3.1. */
import { SesameError } from '../base/errors.ts';
import type { AddressBytes } from './address-bytes.ts';
import type { FirewallKind } from './driver.ts';

export const REQUEST_SIZE = 32;
export const ANSWER_SIZE = 64;
export const MAX_PORTS = 8;
export const MAX_SECONDS = 86_400;

const VERSION = 1;
const COMMANDS = ['state', 'open', 'close', 'shut', 'remove'] as const; // from 1 on
const STATUSES = ['done', 'refused', 'failed'] as const; // from 0 on
const DRIVERS = ['nftables', 'iptables'] as const; // from 1 on

const AT_ADDRESS = 4;
const AT_SECONDS = 20;
const AT_REST = 24;
const AT_PORT_COUNT = 4;
const AT_PORTS = 6;
const AT_TEXT = 22;

export type HelperRequest =
  | { readonly command: 'state' | 'shut' | 'remove' }
  | { readonly command: 'open'; readonly address: AddressBytes; readonly seconds: number }
  | { readonly command: 'close'; readonly address: AddressBytes };

export interface HelperAnswer {
  readonly command: HelperRequest['command'];
  readonly status: (typeof STATUSES)[number];
  readonly driver: FirewallKind;
  /** The protected ports, at most 8. */
  readonly ports: readonly number[];
  /** What happened; cut to 41 bytes on the wire. */
  readonly text: string;
}

export function encodeRequest(request: HelperRequest): Buffer {
  const bytes = Buffer.alloc(REQUEST_SIZE);
  bytes[0] = VERSION;
  bytes[1] = COMMANDS.indexOf(request.command) + 1;
  if ('address' in request) {
    bytes[2] = request.address.family;
    bytes.set(request.address.bytes, AT_ADDRESS);
  }
  if (request.command === 'open') bytes.writeUInt32LE(request.seconds, AT_SECONDS);
  return bytes;
}

/** @throws `malformed` for whatever is not as the table has it */
export function decodeRequest(bytes: Buffer): HelperRequest {
  if (bytes.length !== REQUEST_SIZE) throw malformed('length');
  if (bytes[0] !== VERSION) throw malformed('version');
  const command = COMMANDS[(bytes[1] ?? 0) - 1];
  if (command === undefined) throw malformed('command');
  if (bytes[3] !== 0 || !isZero(bytes.subarray(AT_REST))) throw malformed('reserved bytes');
  const seconds = bytes.readUInt32LE(AT_SECONDS);
  if (command === 'open' ? seconds < 1 || seconds > MAX_SECONDS : seconds !== 0) throw malformed('seconds');
  const address = decodeAddress(bytes);
  switch (command) {
    case 'open':
      if (address === undefined) throw malformed('address');
      return { command, address, seconds };
    case 'close':
      if (address === undefined) throw malformed('address');
      return { command, address };
    default:
      if (address !== undefined) throw malformed('address');
      return { command };
  }
}

function decodeAddress(bytes: Buffer): AddressBytes | undefined {
  const family = bytes[2];
  const field = bytes.subarray(AT_ADDRESS, AT_SECONDS);
  const size = family === 4 ? 4 : family === 6 ? 16 : 0;
  if ((family !== 0 && size === 0) || !isZero(field.subarray(size))) throw malformed('address');
  return family === 4 || family === 6
    ? { family, bytes: Uint8Array.from(field.subarray(0, size)) }
    : undefined;
}

export function encodeAnswer(answer: HelperAnswer): Buffer {
  const bytes = Buffer.alloc(ANSWER_SIZE);
  bytes[0] = VERSION;
  bytes[1] = COMMANDS.indexOf(answer.command) + 1;
  bytes[2] = STATUSES.indexOf(answer.status);
  bytes[3] = DRIVERS.indexOf(answer.driver) + 1;
  bytes.writeUInt16LE(answer.ports.length, AT_PORT_COUNT);
  for (const [i, port] of answer.ports.entries()) bytes.writeUInt16LE(port, AT_PORTS + 2 * i);
  // It writes whole characters only, and leaves the zero at the end.
  bytes.write(answer.text.replaceAll('\0', ' '), AT_TEXT, ANSWER_SIZE - AT_TEXT - 1, 'utf8');
  return bytes;
}

/** @throws `malformed` */
export function decodeAnswer(bytes: Buffer): HelperAnswer {
  if (bytes.length !== ANSWER_SIZE) throw malformed('length');
  if (bytes[0] !== VERSION) throw malformed('version');
  const command = COMMANDS[(bytes[1] ?? 0) - 1];
  if (command === undefined) throw malformed('command');
  const status = STATUSES[bytes[2] ?? STATUSES.length];
  if (status === undefined) throw malformed('status');
  const driver = DRIVERS[(bytes[3] ?? 0) - 1];
  if (driver === undefined) throw malformed('driver');
  const count = bytes.readUInt16LE(AT_PORT_COUNT);
  if (count > MAX_PORTS || !isZero(bytes.subarray(AT_PORTS + 2 * count, AT_TEXT))) throw malformed('ports');
  const ports = Array.from({ length: count }, (_, i) => bytes.readUInt16LE(AT_PORTS + 2 * i));
  const end = bytes.indexOf(0, AT_TEXT);
  if (end < 0 || !isZero(bytes.subarray(end))) throw malformed('text');
  return { command, status, driver, ports, text: bytes.toString('utf8', AT_TEXT, end) };
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

function malformed(what: string): SesameError {
  return new SesameError('malformed', `a message of the gate's helper is wrong: ${what}`);
}
