import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
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
