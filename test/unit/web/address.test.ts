// Where one is in the console, as it stands behind the # of the address.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hrefTo, routeOf, tokenIn } from '../../../src/gateway/web/address.ts';

describe('a place', () => {
  test.for([
    ['', 'overview', {}],
    ['#', 'overview', {}],
    ['#/', 'overview', {}],
    ['#/?a=b', 'overview', { a: 'b' }],
    ['#/clients', 'clients', {}],
    ['#/files?search=a%20b&client=', 'files', { search: 'a b', client: '' }],
    ['#/files?search=what?&page=2', 'files', { search: 'what?', page: '2' }],
    ['#/files?search=%zz', 'files', { search: '%zz' }],
  ] as const)('%j is page %s with %j', ([hash, page, query]) => {
    expect(routeOf(hash)).toEqual({ page, query });
  });

  test('leads back to itself, whatever stands in its query', () => {
    const text = fc.string({ unit: 'binary', minLength: 1 }).map((value) => value.toWellFormed());
    fc.assert(
      fc.property(fc.dictionary(text, text), (query) => {
        expect(routeOf(hrefTo('files', query))).toEqual({ page: 'files', query: { ...query } });
      }),
    );
  });

  test('has no more in it than is needed, and its slashes can be read', () => {
    expect(hrefTo('files')).toBe('#/files');
    expect(hrefTo('files', { client: '', search: undefined, page: 2 })).toBe('#/files?page=2');
    expect(hrefTo('files', { of: 'web-1', path: 'a/b c.txt' })).toBe('#/files?of=web-1&path=a/b+c.txt');
  });
});

test('a sign-in link is told apart from a place', () => {
  expect(tokenIn('#sign-in=abc-_9')).toBe('abc-_9');
  expect(tokenIn('#sign-in=')).toBeUndefined();
  expect(tokenIn('#/sign-in=abc')).toBeUndefined();
  expect(tokenIn('')).toBeUndefined();
});
