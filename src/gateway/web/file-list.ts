import type { FilePage } from '../api-types.ts';
import { api } from './api.ts';
import { PAGE_ROWS, pagesOf, type FileView } from './file-view.ts';
import { ApiError } from './http.ts';

/** A page of them: what was asked for, and when the list was taken that it is a page of. */
export interface ShownFiles extends FilePage {
  readonly view: FileView;
  readonly taken: string;
}

const KEPT_PAGES = 8;

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
