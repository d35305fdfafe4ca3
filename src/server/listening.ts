import type { AddressInfo, ListenOptions as NetListenOptions, Server } from 'node:net';
import { SesameError, errnoOf, messageOf } from '../base/errors.ts';
import type { PortChoice } from './port-choice.ts';

/** Where a server listens that nobody told where. */
export const LOOPBACK_HOSTS = ['127.0.0.1', '::1'];

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

export interface ListenOptions {
  /** On which the same port is bound; the first is needed, the others are left out where the machine has no such address. */
  readonly hosts: readonly string[];
  readonly port: PortChoice;
  /** The setting that gives the port, for who finds it taken. */
  readonly flag: string;
  /** Connections that the system keeps until they are accepted. */
  readonly backlog: number;
  /** Whether `::` takes IPv4, too. */
  readonly dualStack: boolean;
  /** Descriptors of sockets that listen already, in place of hosts and port. */
  readonly inherited?: readonly number[] | undefined;
  /** One for each host. */
  readonly makeServer: () => Server;
}

/** Listens on the same port of every host, or on sockets that are there. @throws `port-taken` */
export async function listen(options: ListenOptions): Promise<Listening> {
  if (options.inherited) return listenOnInherited(options, options.inherited);
  const { port, fallsBack } = options.port;
  const last = fallsBack ? Math.min(port + FALL_BACK_TRIES, 65535) : port;
  for (let candidate = port; ; candidate++) {
    try {
      return await listenOnAll(options, candidate);
    } catch (error) {
      if (errnoOf(error) !== 'EADDRINUSE') throw cannotListen(options.hosts, candidate, error);
      // Port 0 was given to the first host by the system and is taken on the next: another try gives another.
      if (port === 0) candidate -= 1;
      else if (candidate >= last) throw portTaken(options, error);
    }
  }
}

async function listenOnInherited(options: ListenOptions, descriptors: readonly number[]): Promise<Listening> {
  const servers = await Promise.all(
    descriptors.map((fd) => listening(options.makeServer(), { fd, backlog: options.backlog })),
  );
  return { servers, addresses: servers.map((server) => server.address() as ListenAddress) };
}

async function listenOnAll(options: ListenOptions, port: number): Promise<Listening> {
  const servers: Server[] = [];
  const addresses: ListenAddress[] = [];
  try {
    for (const host of options.hosts) {
      const wanted = addresses[0]?.port ?? port;
      const server = await listenOn(options, host, wanted).catch((error: unknown) => {
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

function listenOn(options: ListenOptions, host: string, port: number): Promise<Server> {
  const { backlog, dualStack } = options;
  return listening(options.makeServer(), { host, port, backlog, ipv6Only: !dualStack });
}

function listening(server: Server, where: NetListenOptions & { readonly fd?: number }): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => {
      server.off('error', reject);
      resolve(server);
    });
  });
}

function portTaken({ port: { port, fallsBack }, flag }: ListenOptions, cause: unknown): SesameError {
  const tried = fallsBack ? `ports ${port} to ${port + FALL_BACK_TRIES} are` : `port ${port} is`;
  return new SesameError(
    'port-taken',
    `${tried} taken: give another with ${flag}, or ${flag} 0 for any free one`,
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
