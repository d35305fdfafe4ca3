// The beginnings of version 4 connections on plain TCP: a ClientHello that can be cut, delayed and never finished.
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';

/** A real ClientHello that offers ALPN sesame/4. */
export async function clientHello(): Promise<Buffer> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connectTls({ port, host: '127.0.0.1', ALPNProtocols: ['sesame/4'], minVersion: 'TLSv1.3' });
  client.on('error', () => {}); // there will be no answer
  const [socket] = (await once(server, 'connection')) as [Duplex];
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  client.destroy();
  server.close();
  return bytes;
}

/** A TCP connection whose first bytes go out one by one, and the rest in pieces of 100. */
export async function choppedSocket(port: number, slowBytes: number): Promise<Duplex> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  let sent = 0;
  const chopped = new Duplex({
    read: () => {
      socket.resume();
    },
    write: (chunk: Buffer, _, done) => {
      void (async () => {
        for (let at = 0; at < chunk.length;) {
          const length = sent < slowBytes ? 1 : 100;
          socket.write(chunk.subarray(at, at + length));
          at += length;
          sent += length;
          await turn();
        }
        done();
      })();
    },
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  socket.on('data', (chunk) => {
    if (!chopped.push(chunk)) socket.pause();
  });
  socket.on('end', () => chopped.push(null));
  socket.on('error', (error) => chopped.destroy(error));
  return chopped;
}
