import type { Server, Socket } from 'node:net';
import type { Front, Visitor } from './front.ts';

/** Puts what every connection goes through before a server whose own way with connections is somebody else's. */
export function putBefore<S extends Server>(server: S, front: Front): S {
  const receivers = server.listeners('connection') as ((socket: Socket) => void)[];
  server.removeAllListeners('connection');
  const handOn = (socket: Socket, visitor: Visitor | undefined): void => {
    if (!visitor) return;
    for (const receive of receivers) receive.call(server, socket);
  };
  return server.on('connection', (socket: Socket) => {
    const visitor = front.enter(socket);
    if (visitor instanceof Promise) {
      void visitor.then((behind) => {
        handOn(socket, behind);
        // What came with its header waits in it. TLS has fetched that already by the time it flows.
        socket.resume();
      });
      return;
    }
    handOn(socket, visitor);
  });
}
