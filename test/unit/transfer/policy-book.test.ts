import { describe, expect, it } from 'vitest';
import type { PolicyBook } from '../../../src/transfer/policy-book.ts';
import { outcome } from '../../support/outcome.ts';
import { memoryStore, somePolicies } from '../../support/policies.ts';

const bytesOf = (book: PolicyBook, name: string): number => book.limitsOf(name).storage.maxBytes;

describe('which policy holds', () => {
  it('is the settings where none says anything', async () => {
    const book = await somePolicies({}, { maxUpload: 7, conflict: 'version' });
    expect(book.limitsOf('a')).toMatchObject({
      storage: { conflict: 'version', appendOnly: false, maxBytes: Infinity, maxFiles: Infinity },
      ...{ maxFile: 7, maxRate: Infinity, writeOnly: null },
    });
    expect(book.isWriteOnly({ name: 'a', writeOnly: true })).toBe(true);
  });

  it('is looked for field by field', async () => {
    const book = await somePolicies({
      '*': { 'max-bytes': 1, 'max-files': 2, conflict: 'refuse' },
      'web-*': { 'max-bytes': 10, 'write-only': false },
      'web-1': { 'max-files': 30 },
    });
    const limits = book.limitsOf('WEB-1');
    expect(limits.storage).toMatchObject({ maxBytes: 10, maxFiles: 30, conflict: 'refuse' });
    expect(limits.sources).toMatchObject({
      'max-bytes': { pattern: 'web-*', origin: 'file' },
      'max-files': { pattern: 'web-1', origin: 'file' },
      'max-rate': null,
    });
    expect(book.isWriteOnly({ name: 'web-1', writeOnly: true })).toBe(true);
  });

  it('makes a client write-only, and no client that joined so readable', async () => {
    const book = await somePolicies({ '*': { 'write-only': true }, 'web-*': { 'write-only': false } });
    const isWriteOnly = (name: string, joined: boolean): boolean =>
      book.isWriteOnly({ name, writeOnly: joined });
    expect(isWriteOnly('db-1', false)).toBe(true);
    expect(isWriteOnly('web-1', false)).toBe(false);
    expect(isWriteOnly('web-1', true)).toBe(true);
  });

  it('asks names before patterns, and the operator first', async () => {
    const book = await somePolicies({ 'web-1': { 'max-bytes': 1 }, 'web-*': { 'max-bytes': 2 } });
    await book.set('web-??', { 'max-bytes': 3 });
    expect(bytesOf(book, 'web-1')).toBe(1);
    await book.set('WEB-1', { 'max-bytes': 4 });
    expect(bytesOf(book, 'web-1')).toBe(4);
    expect(bytesOf(book, 'web-22')).toBe(3);
  });

  it('asks of patterns that with more characters, then the operator’s, then by byte order', async () => {
    const book = await somePolicies({ 'a*': { 'max-bytes': 1 }, 'b*': { 'max-bytes': 2 } });
    await book.set('*b', { 'max-bytes': 3 });
    expect(bytesOf(book, 'ab')).toBe(3);
    await book.set('*a', { 'max-bytes': 4 });
    await book.set('ba*', { 'max-bytes': 5 });
    expect(bytesOf(book, 'bab')).toBe(5);
    await book.remove('ba*');
    expect(bytesOf(book, 'bab')).toBe(3);
    await book.set('b*b', { 'max-bytes': 'none' });
    expect(bytesOf(book, 'bab')).toBe(Infinity);
  });

  it('lets none lift a limit, that of the settings too', async () => {
    const book = await somePolicies(
      { '*': { 'max-bytes': 1 }, a: { 'max-bytes': 'none', 'max-file': 'none' } },
      { maxUpload: 5 },
    );
    expect(book.limitsOf('a')).toMatchObject({ maxFile: Infinity, storage: { maxBytes: Infinity } });
    expect(book.limitsOf('b')).toMatchObject({ maxFile: 5, storage: { maxBytes: 1 } });
  });

  it('changes at run time, and is the same object as long as it does not', async () => {
    const book = await somePolicies({ '*': { 'max-bytes': 1 } });
    const before = book.limitsOf('a').storage;
    expect(book.limitsOf('a').storage).toBe(before);
    book.replaceFilePolicies([{ pattern: '*', policy: { 'max-bytes': 2 } }]);
    expect(bytesOf(book, 'a')).toBe(2);
    book.replaceDefaults({ maxUpload: 9, conflict: 'refuse' });
    expect(book.limitsOf('a')).toMatchObject({ maxFile: 9, storage: { conflict: 'refuse', maxBytes: 2 } });
    expect(() => {
      book.replaceFilePolicies([
        { pattern: 'a', policy: {} },
        { pattern: 'A', policy: {} },
      ]);
    }).toThrow('twice');
    expect(bytesOf(book, 'a')).toBe(2);
  });
});

describe('the operator’s policies', () => {
  it('keep what is not named, and lose what is unset', async () => {
    const store = memoryStore();
    const book = await somePolicies({}, {}, store);
    await book.set('web-*', { 'max-bytes': 1, conflict: 'version' });
    await book.set('Web-*', { 'max-files': 2 }, ['max-bytes']);
    const kept = [{ pattern: 'Web-*', key: 'web-*', policy: { 'max-files': 2, conflict: 'version' } }];
    expect(await store.list()).toEqual(kept);
    const again = await somePolicies({}, {}, store);
    expect(again.limitsOf('web-1').storage).toMatchObject({ maxFiles: 2, conflict: 'version' });
  });

  it('say something, or are none', async () => {
    const book = await somePolicies({ f: { 'max-bytes': 1 } });
    expect(await outcome(book.set('a', {}))).toBe('bad-setting');
    expect(await outcome(book.set('a/b', { 'max-bytes': 1 }))).toBe('bad-name');
    expect(await outcome(book.remove('a'))).toBe('not-found');
    expect(await outcome(book.remove('f')), 'that of the file').toBe('not-found');
    expect(bytesOf(book, 'f')).toBe(1);
  });

  it('changed by two at once have what both said', async () => {
    const book = await somePolicies();
    await Promise.all([book.set('a', { 'max-bytes': 1 }), book.set('a', { 'max-files': 2 })]);
    expect(book.limitsOf('a').storage).toMatchObject({ maxBytes: 1, maxFiles: 2 });
  });
});

describe('refusals', () => {
  it('name the limit and what is left', async () => {
    const book = await somePolicies({ 'web-*': { 'max-file': 1024 } });
    const [GiB, MiB] = [1024 ** 3, 1024 ** 2];
    const over = {
      verdict: 'over-quota',
      limit: 'max-bytes',
      most: 10 * GiB,
      used: 10 * GiB - 100 * MiB,
    } as const;
    const error = book.refusals.overQuota('web-1', { ...over, underWay: 60 * MiB, needs: 64 * MiB });
    expect(error.message).toBe(
      'quota of 10 GiB for web-1: 9.9 GiB stored, 60 MiB under way, 40 MiB left; this file needs 64 MiB',
    );
    expect(book.refusals.tooLarge(book.limitsOf('web-1')).message).toContain('1 KiB that the policy "web-*"');
    expect(book.refusals.counts).toEqual(
      new Map([
        ['max-bytes', 1],
        ['max-file', 1],
      ]),
    );
  });
});
