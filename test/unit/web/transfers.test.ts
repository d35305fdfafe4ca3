// The live list: a row lasts as long as its transfer, and the list changes only when one comes or goes.
import { expect, test } from 'vitest';
import type { EndedTransfer, Transfer } from '../../../src/gateway/api-types.ts';
import { active, hidden, recent, showTransfers } from '../../../src/gateway/web/transfers.ts';

const transfer = (id: string, bytes = 0): Transfer => ({
  ...{ id, client: 'web-1', path: `${id}.bin`, direction: 'upload', protocol: 'v4' },
  ...{ size: 100, bytes, rate: 10, started: '2026-03-01T12:00:00Z', seconds_left: 10 },
});

const endedTransfer = (id: string): EndedTransfer => ({
  ...{ id, client: 'web-1', path: `${id}.bin`, direction: 'upload', protocol: 'v4' },
  ...{ bytes: 100, seconds: 1, time: '2026-03-01T12:00:10Z', outcome: 'done', error: null },
});

test('progress changes a row and not the list', () => {
  expect(active.value).toBeUndefined();
  showTransfers({ active: [transfer('a'), transfer('b')], hidden: 0, recent: [] });
  const list = active.value;
  const [row] = list ?? [];
  showTransfers({ active: [transfer('a', 50), transfer('b')], hidden: 3, recent: [] });
  expect(active.value).toBe(list);
  expect(row?.value.bytes).toBe(50);
  expect(hidden.value).toBe(3);
});

test('who comes, goes or changes places makes another list of the same rows', () => {
  showTransfers({ active: [transfer('a'), transfer('b')], hidden: 0, recent: [] });
  const [a, b] = active.value ?? [];
  showTransfers({ active: [transfer('b'), transfer('c')], hidden: 0, recent: [] });
  expect(active.value?.map((row) => row.value.id)).toEqual(['b', 'c']);
  expect(active.value?.[0]).toBe(b);
  showTransfers({ active: [transfer('c'), transfer('b'), transfer('a')], hidden: 0, recent: [] });
  expect(active.value?.[1]).toBe(b);
  expect(active.value?.[2]).not.toBe(a);
});

test('what has ended is drawn anew only when there is more of it', () => {
  showTransfers({ active: [], hidden: 0, recent: [endedTransfer('a')] });
  const before = recent.value;
  showTransfers({ active: [], hidden: 0, recent: [endedTransfer('a')] });
  expect(recent.value).toBe(before);
  showTransfers({ active: [], hidden: 0, recent: [endedTransfer('b'), endedTransfer('a')] });
  expect(recent.value.map(({ id }) => id)).toEqual(['b', 'a']);
});
