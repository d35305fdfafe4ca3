// What metrics and health say of a guard and a gate.
import { Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { MINUTE } from '../../../src/base/clock.ts';
import { simpleDriver, type GateDriver } from '../../../src/gate/driver.ts';
import { Gate } from '../../../src/gate/gate.ts';
import { GateDesk } from '../../../src/gate/gate-desk.ts';
import { Gatekeeper } from '../../../src/gate/gatekeeper.ts';
import type { ConsoleParts } from '../../../src/gateway/console-parts.ts';
import { doorMetrics } from '../../../src/gateway/door-metrics.ts';
import { healthOf } from '../../../src/gateway/health.ts';
import { Guard } from '../../../src/guard/guard.ts';
import { GuardDesk } from '../../../src/guard/guard-desk.ts';
import { noLogger } from '../../../src/base/logger.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const DISK = { total: 100, free: 50 };
const clock = new FakeClock();

function newGuard(isOn = true): Guard {
  return new Guard({
    rules: { halfLife: MINUTE, warnAt: 10, blockAt: 20, blockTime: 15_000, maxBlockTime: 10 * MINUTE },
    size: 1000,
    isAllowed: () => false,
    log: noLogger,
    ...{ isOn, clock },
  });
}

function deskOf(guard: Guard): GuardDesk {
  const recovery = { counts: { recovered: 1, wrong: 2, throttled: 3 } };
  // Nothing more is asked of it here, and nothing of what keeps it.
  const parts = { guard, recovery, keeper: {} } as unknown as ConstructorParameters<typeof GuardDesk>[0];
  return new GuardDesk(parts);
}

function gateDesk(driver: Partial<GateDriver> | null): GateDesk {
  const gate = new Gate({ isAllowed: () => false, clock });
  const store = { take: () => Promise.reject(new Error('nobody knocks')), joinLines: async () => [] };
  const keeper =
    driver &&
    new Gatekeeper({
      ...{ gate, store, clock },
      driver: { ...simpleDriver, ...driver },
      openTime: 30_000,
      isBlocked: () => false,
      log: noLogger,
    });
  return new GateDesk({ keeper: () => keeper, port: () => null, openTime: 30_000, clock });
}

describe('health', () => {
  const activity = { totals: { refusals: new Map() } } as unknown as ConsoleParts['activity'];
  const health = (guard: Guard, gate: GateDesk) =>
    Object.fromEntries(
      healthOf(DISK, { activity, guard: deskOf(guard), gate }, 'ready').map(({ name, state, message }) => [
        name,
        `${state}: ${message}`,
      ]),
    );

  test('a gate that cannot be opened is an error', () => {
    const shut = { guard: 'ok: nobody blocked', gate: 'ok: shut to strangers (simple)' };
    expect(health(newGuard(), gateDesk({}))).toMatchObject(shut);
    expect(health(newGuard(), gateDesk({ fault: 'the helper died' }))).toMatchObject({
      gate: 'error: the helper died',
    });
    expect(health(newGuard(false), gateDesk(null))).toMatchObject({ guard: 'ok: off', gate: 'ok: off' });
  });

  test('more than a hundred blocks are a warning', () => {
    const guard = newGuard();
    for (let n = 0; n < 100; n++) guard.block(`192.0.2.${n}`, MINUTE, null);
    expect(health(guard, gateDesk(null))).toMatchObject({ guard: 'ok: 100 blocked' });
    guard.block('client:one-more', MINUTE, null);
    expect(health(guard, gateDesk(null))).toMatchObject({ guard: 'warning: 101 blocked: see Security' });
  });
});

test('metrics: each with what it counts', async () => {
  const guard = newGuard();
  const gate = gateDesk({ fault: 'the helper died' });
  guard.offence('192.0.2.1', 'noise');
  guard.block('2001:db8:0:1::/64', MINUTE, null);
  guard.block('user:mallory', MINUTE, null);
  guard.refuses('user:mallory');
  await gate.open('192.0.2.7', null, 'operator');
  gate.keeper?.count('forged', 5);
  const registry = new Registry();
  const turnedAway = { blocked: 1, shut: 2, crowd: 3, room: 4, header: 5 };
  const connections = () => ({
    ...{ open: { v3: 0, v4: 0 }, total: { v3: 0, v4: 0 } },
    refused: { ...turnedAway, v3: 6 },
  });
  doorMetrics(
    [registry],
    { guard: deskOf(guard), gate, connections } as unknown as ConsoleParts,
    () => turnedAway,
  );
  const lines = (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  expect(lines).toEqual(
    expect.arrayContaining([
      'sesame_connections_refused_total{listener="transfer",reason="shut"} 2',
      'sesame_connections_refused_total{listener="transfer",reason="v3"} 6',
      'sesame_connections_refused_total{listener="http",reason="header"} 5',
      'sesame_guard_offences_total{offence="noise"} 1',
      'sesame_guard_offences_total{offence="bad-knock"} 0',
      'sesame_guard_warnings_total 0',
      'sesame_guard_blocks_total 2',
      'sesame_guard_refused_total 1',
      'sesame_guard_tracked{family="ipv4"} 1',
      'sesame_guard_blocked{family="ipv4"} 0',
      'sesame_guard_blocked{family="ipv6"} 1',
      'sesame_guard_blocked{family="identity"} 1',
      'sesame_guard_recoveries_total{outcome="throttled"} 3',
      'sesame_gate_open 1',
      'sesame_gate_knocks_total{outcome="forged"} 5',
      'sesame_gate_refused_total 0',
      'sesame_gate_fault 1',
    ]),
  );
  expect(/^sesame_gate_fault .*$/m.exec(await registry.metrics())?.[0], 'asked again').toBe(
    'sesame_gate_fault 1',
  );
});
