import type { FilePage, FileSort, SortOrder } from '../api-types.ts';
import { api } from './api.ts';
import { ApiError, type Query } from './http.ts';
import type { Route } from './router.ts';

/** What of the files is looked at. All of it stands in the address. */
export interface FileView {
  readonly client: string;
  readonly search: string;
  readonly sort: FileSort;
  readonly order: SortOrder;
  /** From 1. */
  readonly page: number;
}

/** A page of them: what was asked for, and when the list was taken that it is a page of. */
export interface ShownFiles extends FilePage {
  readonly view: FileView;
  readonly taken: string;
}

/** Rows of a page. */
export const PAGE_ROWS = 100;

const FIRST_ORDER: Readonly<Record<FileSort, SortOrder>> = {
  path: 'asc',
  client: 'asc',
  size: 'desc',
  time: 'desc',
};
const KEPT_PAGES = 8;

/** The view that an address asks for; what it says wrongly is left out. */
export function viewOf({ query }: Route): FileView {
  const sort = isSort(query.sort) ? query.sort : 'time';
  const page = Math.floor(Number(query.page));
  return {
    client: query.client ?? '',
    search: query.search ?? '',
    sort,
    order: query.order === 'asc' || query.order === 'desc' ? query.order : FIRST_ORDER[sort],
    page: page >= 1 ? page : 1,
  };
}

/** The same for an address, without what goes without saying. */
export function queryOf({ client, search, sort, order, page }: FileView): Query {
  return {
    client,
    search,
    sort: sort === 'time' ? undefined : sort,
    order: order === FIRST_ORDER[sort] ? undefined : order,
    page: page === 1 ? undefined : page,
  };
}

/** The view after a click on a column: the other way round, or by it in the order that one wants to see first. */
export function sortedBy(view: FileView, by: string): FileView {
  if (!isSort(by)) return view;
  const order = by === view.sort ? (view.order === 'asc' ? 'desc' : 'asc') : FIRST_ORDER[by];
  return { ...view, sort: by, order, page: 1 };
}

/** How many pages there are; an empty list has one. */
export function pagesOf(total: number): number {
  return Math.max(1, Math.ceil(total / PAGE_ROWS));
}

interface Snapshot {
  readonly id: string;
  readonly taken: string;
}

// Pages that were seen or are likely to be next, under list and number; the snapshots that they are pages of.
const pages = new Map<string, ShownFiles>();
const snapshots = new Map<string, Snapshot>();

/** Forgets what was loaded: the next page comes from a new snapshot. */
export function forgetFiles(): void {
  pages.clear();
  snapshots.clear();
}

/** Forgets pages only: after a deletion the list stays the same, with a hole in it. */
export function forgetPages(): void {
  pages.clear();
}

/** Loads a page, from the snapshot that its list has; where that is gone, from a new one. */
export async function loadFiles(view: FileView, signal?: AbortSignal): Promise<ShownFiles> {
  const list = JSON.stringify([view.client, view.search, view.sort, view.order]);
  const key = `${view.page} ${list}`;
  const known = pages.get(key);
  if (known) return known;

  const shown = await fetchPage(list, view, signal);
  pages.set(key, shown);
  for (const [oldest] of pages) {
    if (pages.size <= KEPT_PAGES) break;
    pages.delete(oldest);
  }
  return shown;
}

async function fetchPage(list: string, view: FileView, signal?: AbortSignal): Promise<ShownFiles> {
  const { client, search, sort, order, page } = view;
  const query = { client, search, sort, order, offset: (page - 1) * PAGE_ROWS, limit: PAGE_ROWS };
  const before = snapshots.get(list);
  if (before) {
    try {
      return { ...(await api.files({ ...query, snapshot: before.id }, signal)), view, taken: before.taken };
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'snapshot-gone') throw error;
      forgetFiles();
    }
  }
  const first = await api.files(query, signal);
  const taken = new Date().toISOString();
  snapshots.set(list, { id: first.snapshot, taken });
  return { ...first, view, taken };
}

/** Loads the page behind this one ahead of time. Nobody waits for it, so nobody hears of its failures. */
export function expectNext(view: FileView, total: number): void {
  if (view.page < pagesOf(total)) loadFiles({ ...view, page: view.page + 1 }).catch(() => undefined);
}

function isSort(text: string | undefined): text is FileSort {
  return text !== undefined && text in FIRST_ORDER;
}
