import { fstatSync, readFileSync, readlinkSync } from 'node:fs';
import { errnoOf, SesameError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';

/** The first one that is handed over (sd_listen_fds(3)). */
const FIRST = 3;
const NAMES = ['transfer', 'http'] as const;
const VARIABLES = ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES'];
/** A TCP socket that listens, in /proc/net/tcp. */
const LISTEN_STATE = '0A';

export interface InheritedSocket {
  readonly descriptor: number;
  /** `0.0.0.0`, `::1` */
  readonly address: string;
}

/** Sockets that somebody else has opened, and holds while this server is away; none where there are none. */
export type InheritedSockets = Readonly<Record<(typeof NAMES)[number], readonly InheritedSocket[]>>;

/**
 * Takes over what systemd hands over by socket activation. The variables are gone behind it, so that no child takes the
 * sockets for its own.
 *
 * @throws `bad-setting` where one of them cannot be served on
 */
export function takeInheritedSockets(environment: NodeJS.ProcessEnv, pid = process.pid): InheritedSockets {
  const { LISTEN_PID: heir, LISTEN_FDS: count = '', LISTEN_FDNAMES: names = '' } = environment;
  for (const variable of VARIABLES) Reflect.deleteProperty(environment, variable);
  const found: Record<(typeof NAMES)[number], InheritedSocket[]> = { transfer: [], http: [] };
  if (heir !== String(pid)) return found;
  if (!/^\d{1,3}$/.test(count))
    throw new SesameError('bad-setting', `LISTEN_FDS=${count} is no number of sockets`);
  const given = names.split(':');
  for (let index = 0; index < Number(count); index++) {
    const descriptor = FIRST + index;
    const name = NAMES.find((known) => known === given[index]);
    if (!name) {
      throw new SesameError(
        'bad-setting',
        `socket ${descriptor} of systemd is called "${given[index] ?? ''}": set FileDescriptorName=transfer or http in its unit`,
      );
    }
    found[name].push({ descriptor, address: listeningAddress(descriptor, name) });
  }
  return found;
}

/** @throws `bad-setting` for whatever else it is than a TCP socket that listens */
function listeningAddress(descriptor: number, name: string): string {
  const isWrong = (what: string): SesameError =>
    new SesameError(
      'bad-setting',
      `socket ${descriptor} of systemd (${name}) ${what}: a TCP socket that listens is wanted (ListenStream=)`,
    );
  try {
    if (!fstatSync(descriptor).isSocket()) throw isWrong('is no socket');
  } catch (error) {
    throw errnoOf(error) === 'EBADF' ? isWrong('is not there') : error;
  }
  const [, inode = ''] = /\[(\d+)\]/.exec(readlinkSync(`/proc/self/fd/${descriptor}`)) ?? [];
  const row = ['tcp', 'tcp6'].map((table) => rowOf(table, inode)).find((found) => found);
  if (!row) throw isWrong('is no TCP socket that is bound');
  if (row.state !== LISTEN_STATE) throw isWrong('does not listen');
  return row.address;
}

/** @returns undefined where the table of the kernel has no such socket */
function rowOf(
  table: string,
  inode: string,
): { readonly address: string; readonly state: string } | undefined {
  const lines = readFileSync(`/proc/self/net/${table}`, 'utf8').split('\n').slice(1);
  const row = lines.map((line) => line.trim().split(/\s+/)).find((cells) => cells[9] === inode);
  if (!row) return undefined;
  const [, local = '', , state = ''] = row;
  return { address: addressOf(local.split(':')[0] ?? ''), state };
}

/** As the kernel writes it: words of 32 bits in hexadecimal, each in the order of the machine, which is little-endian. */
function addressOf(hex: string): string {
  const bytes = Buffer.from(hex, 'hex');
  bytes.swap32();
  if (bytes.byteLength === 4) return Array.from(bytes).join('.');
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index).toString(16));
  // The shortest form of what is known.
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

/** @returns undefined where there are none: the server opens its own */
export function descriptorsOf(sockets: readonly InheritedSocket[]): readonly number[] | undefined {
  return sockets.length > 0 ? sockets.map(({ descriptor }) => descriptor) : undefined;
}

/** A port that was asked for, and is not what systemd has opened. */
export function sayUnused(
  log: Logger,
  flag: string,
  wanted: number | undefined,
  bound: number | undefined,
): void {
  if (wanted === undefined || wanted === 0 || wanted === bound) return;
  log.warning('the port that was asked for is not used: systemd gives the sockets', {
    [flag]: wanted,
    port: bound,
  });
}
