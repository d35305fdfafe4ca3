// Who has proved who he is is counted by his name, and his neighbours have nothing to do with it (docs/GUARD.md 1 and 3).
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BEHIND_BALANCER, isReset, sayFrom, socketFrom, v3From, v4From } from '../support/from-source.ts';
import { RunningServer } from '../support/running-server.ts';
import { SimulatedClient } from '../support/simulated-client.ts';
import { block, isBlocked, suspect, untilBlocked } from '../support/suspects.ts';
import type { V4Client } from '../support/v4-client.ts';
import { operate } from '../support/operate.ts';
import { nameField, request, REQUEST } from '../support/v3-frames.ts';
import { v4Payload, V4_REQUEST } from '../support/v4-frames.ts';
import { newIdentity } from '../support/v4-identity.ts';

const NAT = '203.0.113.7';

let server: RunningServer;

beforeAll(async () => {
  server = await RunningServer.start(...BEHIND_BALANCER, '--join', 'open', '--v3', '203.0.113.0/24');
});
afterAll(() => server[Symbol.asyncDispose]());

async function joined(name: string, identity = newIdentity(), source = NAT): Promise<V4Client> {
  const client = await v4From(server.port, source, identity);
  await client.join(name);
  return client;
}

/** Content on a stream that nobody opened, until it is told that it is blocked. */
async function misbehave(client: V4Client): Promise<string | undefined> {
  for (let i = 0; i < 15 && !(await isBlocked(server, `client:${client.welcome.name}`)); i++) {
    await client.request(V4_REQUEST.commit, v4Payload.commit(9000 + i, 1, randomBytes(32)));
    await client.nextAnswer(9000 + i).catch(() => undefined);
  }
  return (await client.over)?.error;
}

describe('a client that misbehaves', () => {
  test('is blocked by its name, on all its connections, and its neighbours are not', async () => {
    const identity = newIdentity();
    using neighbour = await joined('a neighbour');
    using bad = await joined('a bad one', identity);
    using again = await v4From(server.port, NAT, identity);
    await again.hello();

    expect(await misbehave(bad)).toBe('blocked');
    expect((await again.over)?.error).toBe('blocked');
    expect(await suspect(server, 'client:a bad one')).toMatchObject({
      state: 'blocked',
      reason: 'malformed',
    });
    expect(await suspect(server, NAT)).toBeUndefined();

    // From wherever it comes, it is told so by its own number.
    for (const source of [NAT, '203.0.113.8']) {
      using back = await v4From(server.port, source, identity);
      await expect(back.hello()).rejects.toMatchObject({ error: 'blocked' });
    }
    expect((await neighbour.put('a.txt', Buffer.from('hello'))).fields.seq).toBe(1);
    using newcomer = await joined('a newcomer');
    expect((await newcomer.put('a.txt', Buffer.from('hello'))).fields.seq).toBe(1);
    expect(await suspect(server, NAT)).toBeUndefined();
  });

  test('is ended and let back in by an operator', async () => {
    const identity = newIdentity();
    using client = await joined('shut out by hand', identity);
    await block(server, 'client:shut out by hand');
    expect((await client.over)?.error).toBe('blocked');
    await operate(server, { op: 'guard.unblock', who: 'client:shut out by hand' });
    using back = await v4From(server.port, NAT, identity);
    expect((await back.hello()).name).toBe('shut out by hand');
  });

  test('goes on where strangers at its address are blocked', async () => {
    const source = '203.0.113.20';
    using client = await joined('stays', newIdentity(), source);
    for (let i = 0; i < 12; i++) {
      using guess = await v4From(server.port, source).catch(() => ({
        hello: undefined,
        [Symbol.dispose]() {},
      }));
      await guess.hello?.().catch(() => undefined);
    }
    expect(await isBlocked(server, source)).toBe(true);
    expect(await suspect(server, 'client:stays')).toBeUndefined();
    expect((await client.put('b.txt', Buffer.from('still here'))).fields.seq).toBe(1);
    // What proves no key ends at its first word.
    const socket = await socketFrom(server.port, source);
    const reset = isReset(socket);
    socket.write(request(REQUEST.register, nameField('nobody')));
    expect(await reset).toBe(true);
  });

  test('comes in again where its address is blocked, as do its neighbours that are known; who is not is no further', async () => {
    const source = '203.0.113.21';
    const identity = newIdentity();
    using client = await joined('comes back', identity, source);
    await untilBlocked(server, source, () =>
      sayFrom(server.port, source, Buffer.from('GET / HTTP/1.1\r\nHost: sesame\r\n\r\n')),
    );
    client[Symbol.dispose]();
    using back = await v4From(server.port, source, identity);
    expect((await back.hello()).name).toBe('comes back');
    expect((await back.put('c.txt', Buffer.from('through the block'))).fields.seq).toBe(1);
    using nobody = await v4From(server.port, source);
    await expect(nobody.hello()).rejects.toThrow();
    expect(await isBlocked(server, source)).toBe(true);
    await block(server, source);
    await expect(v4From(server.port, source, identity)).rejects.toThrow();
  });
});

describe('v3 proves nothing', () => {
  test('so a connection that was of use ends with the first offence during a block', async () => {
    const source = '203.0.113.30';
    using oracle = new SimulatedClient(() => 0, 'oracle', {}, await v3From(server.port, source));
    using honest = new SimulatedClient(() => 0, 'honest', {}, await v3From(server.port, source));
    await oracle.enrol();
    await honest.enrol();
    const guess = () => oracle.exchange(oracle.fileRequest(nameField('f'), randomBytes(64)));
    let guesses = 0;
    await expect(
      (async () => {
        for (; guesses < 50; guesses++) await guess();
      })(),
    ).rejects.toThrow();
    expect(guesses).toBeLessThanOrEqual(12);
    expect(await isBlocked(server, source)).toBe(true);
    expect((await honest.sendFile('f', Buffer.from('content'))).outcome).toBe('verified');
  });
});

test('who is ended to make room has done nothing wrong', async () => {
  await using small = await RunningServer.start(...BEHIND_BALANCER, '--max-connections', '4');
  const source = '203.0.113.40';
  const halfDone = await socketFrom(small.port, source);
  halfDone.write(Buffer.from('16030100c8010000c40303', 'hex'));
  const ended = isReset(halfDone);
  using _others = new DisposableStack();
  for (const other of ['203.0.113.41', '203.0.113.42', '203.0.113.43']) {
    const socket = await socketFrom(small.port, other);
    _others.defer(() => socket.destroy());
  }
  expect(await ended).toBe(true);
  expect(await suspect(small, source)).toBeUndefined();
});
