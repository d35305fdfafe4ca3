import { useState } from 'preact/hooks';
import { formatCount } from '../format.ts';
import { Table, type TableProps } from './table.tsx';

const SHOWN_AT_FIRST = 200;

/** A table of which the first rows are shown, and others on request. */
export function LongTable<Row>({ rows, ...rest }: TableProps<Row>) {
  const [shown, setShown] = useState(SHOWN_AT_FIRST);
  return (
    <>
      <Table {...rest} rows={rows.slice(0, shown)} />
      {rows.length > shown && (
        <button type="button" class="button more" onClick={() => setShown(shown + SHOWN_AT_FIRST)}>
          Show {formatCount(Math.min(SHOWN_AT_FIRST, rows.length - shown))} more
        </button>
      )}
    </>
  );
}
