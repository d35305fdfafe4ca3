import type { FileSort, SortOrder } from '../api-types.ts';
import type { Route } from './address.ts';
import type { Query } from './url.ts';

/** What of the files is looked at. All of it stands in the address. */
export interface FileView {
  readonly client: string;
  readonly search: string;
  readonly sort: FileSort;
  readonly order: SortOrder;
  /** From 1. */
  readonly page: number;
}

/** Rows of a page. */
export const PAGE_ROWS = 100;

/** No list is longer; and its first row still has a number that is exact. */
const MOST_PAGES = 1e12;

const FIRST_ORDER: Readonly<Record<FileSort, SortOrder>> = {
  path: 'asc',
  client: 'asc',
  size: 'desc',
  time: 'desc',
};

/** The view that an address asks for; what it says wrongly is left out. */
export function viewOf({ query }: Route): FileView {
  const { client = '', search = '', sort: by, order, page: number } = query;
  const sort = isSort(by) ? by : 'time';
  const page = Math.floor(Number(number));
  return {
    client,
    search,
    sort,
    order: order === 'asc' || order === 'desc' ? order : FIRST_ORDER[sort],
    page: page >= 1 && page <= MOST_PAGES ? page : 1,
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

function isSort(text: string | undefined): text is FileSort {
  return text !== undefined && Object.hasOwn(FIRST_ORDER, text);
}
