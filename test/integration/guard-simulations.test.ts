// Long attacks in a short time: guard, front and recovery with a clock that is moved by hand, and no network.
import { Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/base/clock.ts';
import type { Guard } from '../../src/guard/guard.ts';
import { Recovery } from '../../src/guard/recovery.ts';
import { Front, type Visitor } from '../../src/server/front.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { MemoryGuardStore } from '../support/guard-store.ts';
import { noLogger } from '../../src/base/logger.ts';
import { outcome } from '../support/outcome.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { someGuard } from '../support/some-guard.ts';

const NAT = '203.0.113.7';
const STEP = 100;
const USERS = 100;
const ATTACK = HOUR;
const LONGEST_PAUSE = 30 * SECOND;

/** A connection that goes nowhere. */
function socketOf(address: string, port: number): Socket {
  return Object.defineProperties(new Socket(), {
    remoteAddress: { value: address },
    remotePort: { value: port },
  });
}

function frontOf(guard: Guard, clock: FakeClock): Front {
  return new Front({
    doors: { guard, gate: { admits: () => true } },
    limits: { connections: 8192, unproven: 1024, perPrefix: 1_000_000 },
    isBalancer: () => false,
    tellsBlocked: false,
    ...{ clock, log: noLogger },
  });
}

/** What is in use, bytes: nothing that is only not yet collected. */
function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

interface Waits {
  /** s */
  readonly median: number;
  readonly longest: number;
  /** Who was still outside when the attack ended. */
  readonly outside: number;
  readonly blocks: number;
  readonly cut: number;
}

/**
 * Users who come at any time of an hour to one address, and try again after 1, 2, 4, … 30 s, while somebody there
 * attacks; then until all of them are in.
 *
 * @param every ms between offences
 * @param areClients whether clients have come from there before
 */
function behindOneAddress(every: number, areClients: boolean, offend: (guard: Guard) => void): Waits {
  const { guard, clock } = someGuard();
  const front = frontOf(guard, clock);
  const random = seededRandom(11);
  let port = 0;
  let blocks = 0;
  guard.onBlock(() => {
    blocks += 1;
  });
  const enter = (): Visitor | undefined => {
    const visitor = front.enter(socketOf(NAT, ++port));
    if (visitor instanceof Promise) throw new Error('there is no balancer');
    return visitor;
  };
  // As many were there before, and have done something useful.
  const before = Array.from({ length: USERS }, enter);
  for (const visitor of before) visitor?.prove();
  if (areClients) guard.noteClient(guard.sourceOf(NAT));

  const start = clock.monotonic();
  const newcomers = Array.from({ length: USERS }, () => {
    const comes = start + random() * ATTACK;
    return { comes, tries: comes, pause: SECOND, in: 0 };
  });
  let outside = 0;
  const end = start + ATTACK;
  while (newcomers.some((one) => one.in === 0)) {
    const now = clock.monotonic();
    if (now < end && Math.floor((now - start) / every) > Math.floor((now - start - STEP) / every)) {
      // He needs a connection, too, and it ends with what he does.
      const socket = socketOf(NAT, ++port);
      if (front.enter(socket)) offend(guard);
      socket.emit('close');
    }
    if (now >= end && now < end + STEP) outside = newcomers.filter((one) => one.in === 0).length;
    for (const one of newcomers) {
      if (one.in > 0 || one.tries > now) continue;
      const visitor = enter();
      visitor?.prove();
      if (visitor) one.in = now;
      one.tries = now + one.pause * (0.5 + random() / 2);
      one.pause = Math.min(LONGEST_PAUSE, 2 * one.pause);
    }
    clock.advance(STEP);
  }
  const waited = newcomers.map((one) => (one.in - one.comes) / SECOND).toSorted((a, b) => a - b);
  return {
    median: Math.round(waited[USERS / 2] ?? 0),
    longest: Math.round(waited.at(-1) ?? 0),
    outside,
    blocks,
    cut: before.filter((visitor) => visitor?.wasTurnedAway !== false).length,
  };
}

const PACES = [
  ['ten malformed frames a second', 100],
  ['one a second', SECOND],
  ['one in ten seconds', 10 * SECOND],
  ['one a minute', MINUTE],
] as const;

test.each([
  ['from where clients have come before', true],
  ['from where none has come yet', false],
] as const)(
  '100 users behind one address with a stranger who attacks for an hour, %s',
  (where, areClients) => {
    for (const [name, every] of PACES) {
      const waits = behindOneAddress(every, areClients, (guard) => {
        guard.offence(guard.sourceOf(NAT), 'malformed');
      });
      console.log(
        `one address, ${where}, a stranger, ${name}: ${waits.blocks} blocks; newcomers wait ${waits.median} s (median), ` +
          `${waits.longest} s at most; ${waits.outside} were outside at its end; ${waits.cut} of ${USERS} connections cut`,
      );
      expect(waits.cut, 'who was connected stays').toBe(0);
      // An hour of it, the last block, and a pause.
      expect(waits.longest).toBeLessThan((ATTACK + 10 * MINUTE + LONGEST_PAUSE) / SECOND);
      if (!areClients) continue;
      expect(waits.median).toBe(0);
      expect(waits.outside).toBe(0);
    }
  },
);

test('100 users behind one address with one of them who attacks with his key', () => {
  const waits = behindOneAddress(STEP, true, (guard) => {
    guard.offence(guard.client('mallory'), 'malformed');
  });
  console.log(
    `one address, one of its users, ten malformed frames a second: ${waits.blocks} blocks of his, newcomers wait ${waits.longest} s at most`,
  );
  expect(waits).toMatchObject({ longest: 0, outside: 0, cut: 0 });
  expect(waits.blocks).toBeGreaterThan(5);
});

test('10,000 addresses of one /64, and 30,000 /64s', () => {
  const { guard } = someGuard();
  const hex = (i: number): string => i.toString(16);
  guard.block('192.0.2.7', HOUR, null);
  for (let i = 0; i < 3; i++) guard.offence('192.0.2.8', 'sign-in');
  for (let i = 0; i < 10_000; i++) guard.offence(guard.sourceOf(`2001:db8:0:1::${hex(i)}`), 'noise');
  expect(guard.sizes.ipv6).toEqual({ tracked: 1, blocked: 1 });

  const heap = heapUsed();
  const costs: number[] = [];
  for (let round = 0; round < 6; round++) {
    const began = performance.now();
    for (let i = 0; i < 5000; i++) {
      guard.offence(guard.sourceOf(`2001:db8:${hex(round + 1)}:${hex(i)}::1`), 'malformed');
    }
    costs.push(((performance.now() - began) / 5000) * 1000);
  }
  const grown = (heapUsed() - heap) / 1024 ** 2;
  console.log(
    `30,000 /64s: ${costs.map((cost) => cost.toFixed(1)).join(', ')} µs an offence (each 5,000), heap + ${grown.toFixed(1)} MiB`,
  );
  expect(guard.sizes.ipv6.tracked).toBe(10_000);
  expect(guard.sizes.ipv4).toEqual({ tracked: 2, blocked: 1 });
  expect(grown).toBeLessThan(32);
  // What takes a multiple of these would grow with what is in the table.
  expect(Math.max(...costs)).toBeLessThan(1000);
});

test('a block for each of 1,000 sources, with 8,000 connections open', () => {
  const { guard, clock } = someGuard();
  const front = frontOf(guard, clock);
  for (let i = 0; i < 8000; i++) {
    const visitor = front.enter(
      socketOf(`2001:db8:${(i >> 8).toString(16)}:${(i & 255).toString(16)}::1`, i + 1),
    );
    if (visitor && !(visitor instanceof Promise)) visitor.prove();
  }
  const began = performance.now();
  for (let i = 0; i < 1000; i++) guard.block(`198.51.${i >> 8}.${i & 255}`, MINUTE, null);
  const cost = performance.now() - began;
  console.log(`1,000 blocks with 8,000 connections open: ${(cost / 1000).toFixed(2)} ms each`);
  expect(front.turnedAway.blocked).toBe(0);
  guard.block('2001:db8:1:1::/64', MINUTE, null);
  expect(front.turnedAway.blocked).toBe(1);
});

test('guessing the PIN from 10,000 addresses for a month, with a kill every six hours', async () => {
  const clock = new FakeClock();
  const store = new MemoryGuardStore();
  const random = seededRandom(5);
  const open = (): Promise<Recovery> =>
    Recovery.open({ ...someGuard({ clock }), store, onNewPin: () => undefined });
  // Without a PIN all guesses are wrong, and take no time.
  let recovery = await open();
  let checked = 0;
  let tried = 0;
  const start = clock.now();
  let killAt = start + 6 * HOUR;
  while (clock.now() < start + 30 * DAY) {
    clock.advance(20 * SECOND);
    const source = `10.${Math.floor(random() * 100)}.0.${Math.floor(random() * 100)}`;
    tried += 1;
    if ((await outcome(recovery.recover(source, '12345678'))) === 'wrong-pin') checked += 1;
    if (clock.now() < killAt) continue;
    killAt += 6 * HOUR;
    recovery = await open();
  }
  const promised = 10 + (30 * DAY) / (3 * MINUTE);
  console.log(`a month of guesses: ${tried} tried, ${checked} checked, ${promised} at most`);
  expect(checked).toBeLessThanOrEqual(promised);
  expect(checked).toBeGreaterThan(0.9 * promised);
}, 60_000);
