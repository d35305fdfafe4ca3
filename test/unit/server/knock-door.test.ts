import { once } from 'node:events';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { KnockDoor } from '../../../src/server/knock-door.ts';
import { FakeClock } from '../../support/fake-clock.ts';

it('ends a connection whose recovery fails, and nothing else', async () => {
  // Loopback, where this test comes from, is never blocked by a real one.
  const guard = { sourceOf: () => '192.0.2.7', blockedFor: () => 1000, offence: () => 'noted' as const };
  const failing = (): Promise<void> => Promise.reject(new Error('disk full'));
  const door = new KnockDoor({ guard, gate: null, openTime: 0, recover: failing, clock: new FakeClock() });
  const server = door.makeServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  for (let i = 0; i < 2; i++) {
    const socket = connect(port, '127.0.0.1');
    socket.write(Buffer.of(0x16, 0x03, 0x01));
    socket.resume();
    await once(socket, 'close');
  }
  expect(server.listening).toBe(true);
  server.close();
  door.cut();
});
