import { readFileSync } from 'node:fs';
import { HOUR, MINUTE, SECOND } from '../base/clock.ts';
import type { AdmissionLimits } from '../guard/admission.ts';

/** Descriptors kept for files, the database and the threads. */
const SPARE_FILES = 128;

/** What one peer may take, PROTOCOL.md 1.6 and 2.7. Times in milliseconds, sizes in bytes. */
export const LIMITS = {
  header: 10 * SECOND,
  payload: 10 * SECOND,
  progressWindow: 30 * SECOND,
  progressBytes: 16 * 1024,
  body: 24 * HOUR,
  rest: 10 * MINUTE,
  unreadAnswers: 30 * SECOND,
  unreadAnswerBytes: 64 * 1024,
  handshake: 10 * SECOND,
  /** From the first byte until the client is known. */
  login: 20 * SECOND,
  /** Payloads of requests that are being served on one connection. */
  underWayBytes: 2 * 1024 * 1024,
  /** A refused file of which no more than this is still to come is read and thrown away. */
  discardBytes: 1024 * 1024,
  /** How long a client that is being closed has to read its last answer. */
  lingering: 5 * SECOND,

  /** Connections that the system keeps until they are accepted. */
  backlog: 1024,
  connections: Math.min(8192, forSockets() - forHttp()),
  /** Of the gateway: whoever floods it leaves the transfer port its own. */
  httpConnections: forHttp(),
} as const;

/** Connections that have not yet made one request that succeeded. */
const UNPROVEN = 1024;

/** Of one listener, as they are just now. @param perPrefix from one IPv4 address or IPv6 /64 */
export function admissionLimits(connections: () => number, perPrefix: () => number): AdmissionLimits {
  return {
    get connections() {
      return connections();
    },
    get unproven() {
      return Math.min(UNPROVEN, Math.ceil(connections() / 2));
    },
    get perPrefix() {
      return perPrefix();
    },
  };
}

/** A fifth of all. */
function forHttp(): number {
  return Math.min(2048, Math.floor(forSockets() / 5));
}

function forSockets(): number {
  return openFileLimit() - SPARE_FILES;
}

/** How many files and sockets this process may have open. */
function openFileLimit(): number {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return soft === undefined ? Infinity : Math.max(Number(soft), 2 * SPARE_FILES);
  } catch {
    return Infinity;
  }
}
