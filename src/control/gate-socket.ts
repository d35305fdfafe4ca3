import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { createServer, connect, type Server } from 'node:net';
import { dirname } from 'node:path';
import type { Duplex } from 'node:stream';
import { messageOf, SesameError } from '../base/errors.ts';

/** The helper of the gate that listens there (docs/GATE.md 3). @throws `gate-failed` */
export async function connectToGateHelper(path: string): Promise<Duplex> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return socket;
  } catch (error) {
    socket.destroy();
    throw new SesameError('gate-failed', `no helper of the gate answers at ${path}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** A Unix socket that listens, and that nobody has accepted from. */
export interface GateSocket {
  readonly descriptor: number;
  /** From now on it is to be found at its path. Whoever has a copy of the descriptor goes on listening. */
  publish(): Promise<void>;
}

/**
 * @param owner who may connect beside root
 * @throws `gate-failed`, also where a helper listens there already
 */
export async function bindGateSocket(path: string, owner: number | undefined): Promise<GateSocket> {
  if (await answers(path))
    throw new SesameError('gate-failed', `a helper of the gate runs at ${path} already`);
  const aside = `${path}.new`;
  const server = createServer();
  try {
    const made = mkdirSync(dirname(path), { recursive: true });
    // The socket itself says who may; whatever the umask, they must get to it.
    if (made !== undefined) chmodSync(dirname(path), 0o755);
    rmSync(aside, { force: true });
    await once(server.listen(aside), 'listening');
    chmodSync(aside, 0o600);
    if (owner !== undefined) chownSync(aside, owner, -1);
  } catch (error) {
    server.close();
    throw new SesameError('gate-failed', `${path}: ${messageOf(error)}`, { cause: error });
  }
  return {
    descriptor: descriptorOf(server),
    publish: async () => {
      renameSync(aside, path);
      await once(server.close(), 'close');
    },
  };
}

/** Serves a Unix socket that another process has bound. */
export async function listenOnDescriptor(
  descriptor: number,
  take: (stream: Duplex) => void,
): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, take);
  await once(server.listen({ fd: descriptor }), 'listening');
  return server;
}

/** As node documents it for what listens on a handle; its types have it for others only. */
function descriptorOf(server: Server): number {
  const { _handle: handle } = server as unknown as { readonly _handle?: { readonly fd?: number } };
  if (handle?.fd === undefined) throw new SesameError('internal', 'a socket without a descriptor');
  return handle.fd;
}

async function answers(path: string): Promise<boolean> {
  try {
    const socket = await connectToGateHelper(path);
    socket.destroy();
    return true;
  } catch {
    return false;
  }
}
