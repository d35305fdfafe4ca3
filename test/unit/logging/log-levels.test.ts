import { describe, expect, it } from 'vitest';
import { LOG_LEVELS } from '../../../src/base/logger.ts';
import { isAtLeast, levelOf, parseLevels } from '../../../src/logging/log-levels.ts';
import { outcomeOf } from '../../support/outcome.ts';

describe('levels', () => {
  it.for([
    { spec: 'error', storage: 'error', server: 'error' },
    { spec: 'storage=debug', storage: 'debug', server: 'info' },
    { spec: 'storage=debug,warning', storage: 'debug', server: 'warning' },
    { spec: 'warning,storage=debug', storage: 'debug', server: 'warning' },
    { spec: ' storage = Debug , WARNING ', storage: 'debug', server: 'warning' },
    { spec: 'storage=error,server=critical,debug', storage: 'error', server: 'critical' },
  ])('$spec', ({ spec, storage, server }) => {
    const rules = parseLevels(spec);
    expect([levelOf(rules, 'storage'), levelOf(rules, 'server')]).toEqual([storage, server]);
  });

  it.for(['', 'loud', 'storage=', 'storage=loud', 'info,', 'warn', '=', 'toString'])(
    '%j is refused',
    (spec) => {
      expect(outcomeOf(() => parseLevels(spec))).toBe('bad-setting');
    },
  );

  it('are in order of urgency', () => {
    expect(LOG_LEVELS).toEqual(['debug', 'info', 'warning', 'error', 'critical']);
    expect(LOG_LEVELS.filter((level) => isAtLeast(level, 'warning'))).toEqual([
      'warning',
      'error',
      'critical',
    ]);
  });
});
