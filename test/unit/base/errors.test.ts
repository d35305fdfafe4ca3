import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { errnoOf, messageOf, SesameError, toStorageError } from '../../../src/base/errors.ts';

const systemError = (code: unknown): Error => Object.assign(new Error(`${String(code)}: failed`), { code });

describe('toStorageError', () => {
  it.for([
    ['ENOSPC', 'disk-full'],
    ['EDQUOT', 'disk-full'],
    ['SQLITE_FULL', 'disk-full'],
    ['EIO', 'storage-failed'],
    ['SQLITE_CORRUPT', 'storage-failed'],
    [28, 'storage-failed'],
    [undefined, 'storage-failed'],
  ] as const)('%s is %s', ([code, expected]) => {
    const cause = systemError(code);
    const error = toStorageError('cannot write', cause);
    expect(error).toMatchObject({ code: expected, kind: 'storage', cause });
    expect(error.message).toBe(`cannot write: ${cause.message}`);
  });

  it('leaves an error that has a name already', () => {
    const error = new SesameError('bad-ciphertext', 'no');
    expect(toStorageError('cannot write', error)).toBe(error);
  });

  it('takes what is no error at all', () => {
    expect(toStorageError('cannot write', 'ENOSPC')).toMatchObject({
      code: 'storage-failed',
      message: 'cannot write: ENOSPC',
    });
  });
});

describe('errors', () => {
  it('errnoOf knows a real system error, and what is none', () => {
    let caught: unknown;
    try {
      writeFileSync(tmpdir(), '');
    } catch (error) {
      caught = error;
    }
    expect(errnoOf(caught)).toBe('EISDIR');
    expect(errnoOf(new Error('plain'))).toBeUndefined();
    expect(errnoOf({ code: 'EIO' })).toBeUndefined();
    expect(errnoOf(systemError(5))).toBeUndefined();
  });

  it('messageOf gives a message of anything', () => {
    expect([new Error('one'), 'two', 3, undefined].map(messageOf)).toEqual(['one', 'two', '3', 'undefined']);
  });

  it('a SesameError knows its kind', () => {
    expect(new SesameError('unknown-client', 'x').kind).toBe('auth');
    expect(new SesameError('port-taken', 'x').kind).toBe('config');
  });
});
