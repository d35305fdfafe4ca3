// What a form of a policy sends: what was changed in it, and nothing else.
import { expect, test } from 'vitest';
import type { PolicyFields } from '../../../src/gateway/fleet-types.ts';
import { FieldError } from '../../../src/gateway/web/faults.ts';
import { changeOf, draftOf } from '../../../src/gateway/web/policy-draft.ts';

const BEFORE: PolicyFields = {
  ...{ max_bytes: 10 * 1024 ** 3, max_files: 1000, max_file: 'none', max_rate: null },
  ...{ write_only: true, append_only: false, conflict: 'version' },
};

test('of a new one, what it says', () => {
  const draft = { ...draftOf(undefined), max_bytes: '1K', write_only: 'no' } as const;
  expect(changeOf('web-*', draft, undefined)).toEqual({
    pattern: 'web-*',
    max_bytes: 1024,
    write_only: false,
  });
});

test('of one that is there, what has become another; null for what it says no more', () => {
  const draft = draftOf(BEFORE);
  expect(changeOf('a', draft, BEFORE)).toEqual({ pattern: 'a' });
  const changed = { ...draft, max_bytes: '11G', max_files: '', append_only: '', conflict: '' } as const;
  expect(changeOf('a', changed, BEFORE)).toEqual({
    ...{ pattern: 'a', max_bytes: 11 * 1024 ** 3, max_files: null, append_only: null, conflict: null },
  });
});

test('all faults at once, each with its field', () => {
  const draft = { ...draftOf(BEFORE), max_bytes: 'much', max_files: '1K', max_rate: '-' };
  expect(() => changeOf('a', draft, BEFORE)).toThrow(FieldError);
  try {
    changeOf('a', draft, BEFORE);
  } catch (error) {
    expect(Object.keys((error as FieldError).faults)).toEqual(['max_bytes', 'max_files', 'max_rate']);
  }
});
