import { networkInterfaces } from 'node:os';
import { describe, expect, it, test } from 'vitest';
import { LiveSettings } from '../../src/config/live-settings.ts';
import { loadSettings } from '../../src/config/load-settings.ts';
import type { SettingKey } from '../../src/config/settings.ts';
import { passingGuard } from '../../src/guard-app.ts';
import type { Guard } from '../../src/guard/guard.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { RecordingLogger } from '../support/recording-logger.ts';

function guardWith(flags: Partial<Record<SettingKey, unknown>>): Guard {
  const { settings } = loadSettings({ flags, environment: {} });
  return passingGuard({ settings, clock: new FakeClock(), loggers: () => new RecordingLogger() });
}

describe('whom a guard never counts', () => {
  it.for([
    ['guard.allow', '10.0.0.0/8'],
    ['proxy-from', '10.0.0.5'],
    ['http.proxies', '10.0.0.4/31'],
  ] as const)('%s %s', ([key, networks]) => {
    expect(guardWith({}).sourceOf('10.0.0.5')).toBe('10.0.0.5');
    expect(guardWith({ [key]: networks }).sourceOf('10.0.0.5')).toBeNull();
  });

  it('this machine, whichever of its addresses it uses', () => {
    const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
    const guard = guardWith({});
    for (const { address } of own) expect(guard.sourceOf(address), address).toBeNull();
  });

  it('networks that are none are named with their flag', () => {
    expect(() => guardWith({ 'guard.allow': 'everybody' })).toThrow(/--guard-allow/);
  });

  it('a warning that comes behind the block makes no sense', () => {
    expect(() => guardWith({ 'guard.warn-at': '30' })).toThrow(/--guard-warn-at must not be above/);
  });
});

test('rules, networks and the guard itself follow settings that change', () => {
  const flags: Partial<Record<SettingKey, unknown>> = {};
  const live = new LiveSettings(() => loadSettings({ flags, environment: {} }));
  const { settings } = live;
  const guard = passingGuard({ settings, clock: new FakeClock(), loggers: () => new RecordingLogger() });
  const change = (changed: typeof flags): void => {
    Object.assign(flags, changed);
    const next = live.read();
    live.take(live.compare(next).changed, next);
  };
  change({ 'guard.warn-at': '2', 'guard.block-at': '3', 'guard.half-life': '7' });
  change({ 'guard.block-time': '4', 'guard.max-block-time': '5' });
  expect(guard.rules).toEqual({ halfLife: 7000, warnAt: 2, blockAt: 3, blockTime: 4000, maxBlockTime: 5000 });
  const who = '203.0.113.9';
  expect(guard.sourceOf(who)).toBe(who);
  for (const key of ['guard.allow', 'proxy-from', 'http.proxies'] as const) {
    change({ [key]: '203.0.113.0/24' });
    expect(guard.sourceOf(who), key).toBeNull();
    change({ [key]: undefined });
    expect(guard.sourceOf(who), key).toBe(who);
  }
  change({ 'guard.enabled': 'off' });
  expect([guard.isOn, guard.sourceOf(who)]).toEqual([false, null]);
});
