import { useLayoutEffect, useRef } from 'preact/hooks';
import type { FileRow } from '../../api-types.ts';
import { hrefTo } from '../address.ts';
import { contentUrl } from '../api.ts';
import { escapeText, shorten } from '../display-text.ts';
import type { ShownFiles } from '../file-list.ts';
import { queryOf, type FileView } from '../file-view.ts';
import { formatBytes } from '../format.ts';
import { Icon } from './icon.tsx';
import { Table, type Column } from './table.tsx';
import { PathText, Text, Time } from './text.tsx';

interface FileTableProps {
  readonly shown: ShownFiles;
  readonly onSort: (by: string) => void;
}

/** A page of files. A row leads to its file; what has been deleted since leaves a gap, so that nothing shifts. */
export function FileTable({ shown, onSort }: FileTableProps) {
  const { view, rows } = shown;
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => ref.current?.scrollTo(0, 0), [shown.snapshot, view.page]);

  // Rows have no key but their place: the next page is written into those of the last.
  return (
    <div ref={ref} class="file-table" tabIndex={0} role="region" aria-label="List of files">
      <Table
        label="Files"
        columns={columnsFor(view)}
        rows={rows}
        keyOf={(_row, index) => String(index)}
        sorting={{ by: view.sort, order: view.order, onSort }}
      />
    </div>
  );
}

function columnsFor(view: FileView): readonly Column<FileRow | null>[] {
  const here = queryOf(view);
  return [
    {
      title: 'Path',
      sort: 'path',
      kind: 'wide',
      cell: (row) =>
        row ? (
          <a class="row-link" href={hrefTo('files', { ...here, of: row.client, path: row.path })}>
            <PathText path={row.path} />
          </a>
        ) : (
          <span class="muted">Deleted since</span>
        ),
    },
    { title: 'Client', sort: 'client', cell: (row) => row && <Text of={row.client} limit={40} /> },
    { title: 'Size', sort: 'size', kind: 'number', cell: (row) => row && formatBytes(row.size) },
    { title: 'Received', sort: 'time', cell: (row) => row && <Time of={row.received} /> },
    {
      title: 'Receipt',
      kind: 'number',
      cell: (row) => row && (row.receipt === null ? <span class="muted">none</span> : `#${row.receipt}`),
    },
    {
      title: 'Download',
      kind: 'actions',
      cell: (row) =>
        row && (
          <a
            class="button quiet square"
            href={contentUrl(row)}
            download
            aria-label={`Download ${escapeText(shorten(row.path, 200))}`}
            title="Download"
          >
            <Icon name="download" />
          </a>
        ),
    },
  ];
}
