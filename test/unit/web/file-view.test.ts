// Which files are looked at, and how they are sorted: from the address, and back into it.
import { expect, test } from 'vitest';
import { routeOf, hrefTo } from '../../../src/gateway/web/address.ts';
import { pagesOf, queryOf, sortedBy, viewOf, type FileView } from '../../../src/gateway/web/file-view.ts';

const PLAIN: FileView = { client: '', search: '', sort: 'time', order: 'desc', page: 1 };
const viewAt = (hash: string): FileView => viewOf(routeOf(hash));

test.for<[string, Partial<FileView>]>([
  ['#/files', {}],
  ['#/files?client=web-1&search=a', { client: 'web-1', search: 'a' }],
  ['#/files?sort=size', { sort: 'size', order: 'desc' }],
  ['#/files?sort=path', { sort: 'path', order: 'asc' }],
  ['#/files?sort=path&order=desc&page=3', { sort: 'path', order: 'desc', page: 3 }],
  ['#/files?sort=colour&order=up', {}],
  ['#/files?sort=__proto__', {}],
  ['#/files?sort=constructor', {}],
  ['#/files?page=0', {}],
  ['#/files?page=-7', {}],
  ['#/files?page=2.9', { page: 2 }],
  ['#/files?page=1e400', {}],
  ['#/files?page=two', {}],
])('%s', ([hash, expected]) => {
  expect(viewAt(hash)).toEqual({ ...PLAIN, ...expected });
});

test.for<Partial<FileView>>([
  {},
  { client: 'a&b', search: 'c d' },
  { sort: 'size', order: 'asc', page: 12 },
  { sort: 'client', order: 'desc' },
])('%j leads back to itself', (part) => {
  const view = { ...PLAIN, ...part };
  expect(viewAt(hrefTo('files', queryOf(view)))).toEqual(view);
});

test('what goes without saying is not said', () => {
  expect(hrefTo('files', queryOf(PLAIN))).toBe('#/files');
  expect(hrefTo('files', queryOf({ ...PLAIN, sort: 'path', order: 'asc' }))).toBe('#/files?sort=path');
});

test('a column sorts in the order that one wants to see first, then the other way round, from the first page', () => {
  const bySize = sortedBy({ ...PLAIN, page: 9 }, 'size');
  expect(bySize).toEqual({ ...PLAIN, sort: 'size', order: 'desc' });
  expect(sortedBy(bySize, 'size').order).toBe('asc');
  expect(sortedBy(bySize, 'path').order).toBe('asc');
  expect(sortedBy(bySize, 'toString')).toBe(bySize);
});

test('pages of a hundred', () => {
  expect([0, 1, 100, 101, 1_000_000].map(pagesOf)).toEqual([1, 1, 1, 2, 10_000]);
});
