import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { SesameError, errnoOf, messageOf } from '../base/errors.ts';
import type { PortChoice } from './port-choice.ts';

const BACKLOG = 1024;

/** How many ports behind the default one are tried before giving up. */
const FALL_BACK_TRIES = 100;

/** Addresses that this machine may simply not have: a host without IPv6 still serves. */
const ABSENT = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL']);

/** Where a server listens. */
export type ListenAddress = AddressInfo;

export interface Listening {
  readonly servers: readonly Server[];
  readonly addresses: readonly ListenAddress[];
}

/**
 * Listens on the same port of every host.
 *
 * @param hosts the first is needed; the others are left out where the machine has no such address
 * @throws `port-taken`
 */
export async function listen(
  hosts: readonly string[],
  { port, fallsBack }: PortChoice,
  onConnection: (socket: Socket) => void,
): Promise<Listening> {
  const last = fallsBack ? Math.min(port + FALL_BACK_TRIES, 65535) : port;
  for (let candidate = port; ; candidate++) {
    try {
      return await listenOnAll(hosts, candidate, onConnection);
    } catch (error) {
      if (errnoOf(error) !== 'EADDRINUSE') throw cannotListen(hosts, candidate, error);
      // Port 0 was given to the first host by the system and is taken on the next: another try gives another.
      if (port === 0) candidate -= 1;
      else if (candidate >= last) throw portTaken(port, fallsBack, error);
    }
  }
}

async function listenOnAll(
  hosts: readonly string[],
  port: number,
  onConnection: (socket: Socket) => void,
): Promise<Listening> {
  const servers: Server[] = [];
  const addresses: ListenAddress[] = [];
  try {
    for (const host of hosts) {
      const wanted = addresses[0]?.port ?? port;
      const server = await listenOn(host, wanted, onConnection).catch((error: unknown) => {
        if (servers.length > 0 && ABSENT.has(errnoOf(error) ?? '')) return undefined;
        throw error;
      });
      if (!server) continue;
      servers.push(server);
      const address = server.address();
      if (address && typeof address !== 'string') addresses.push(address);
    }
    return { servers, addresses };
  } catch (error) {
    for (const server of servers) server.close();
    throw error;
  }
}

function listenOn(host: string, port: number, onConnection: (socket: Socket) => void): Promise<Server> {
  // A client may close its half and still wait for the answer.
  const server = createServer({ allowHalfOpen: true }, onConnection);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: BACKLOG, ipv6Only: false }, () => {
      server.off('error', reject);
      resolve(server);
    });
  });
}

function portTaken(port: number, fellBack: boolean, cause: unknown): SesameError {
  const tried = fellBack ? `ports ${port} to ${port + FALL_BACK_TRIES} are` : `port ${port} is`;
  return new SesameError(
    'port-taken',
    `${tried} taken: give another with --port, or --port 0 for any free one`,
    {
      cause,
    },
  );
}

function cannotListen(hosts: readonly string[], port: number, cause: unknown): SesameError {
  return new SesameError(
    'bad-setting',
    `cannot listen on ${hosts.join(', ')} port ${port}: ${messageOf(cause)}`,
    {
      cause,
    },
  );
}

/** `127.0.0.1:1357`, `[::1]:1357` */
export function formatAddress({ address, family, port }: ListenAddress): string {
  return `${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
