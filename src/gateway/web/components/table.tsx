import type { ComponentChildren } from 'preact';

/** A column: its title, and what it shows of a row. */
export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** `wide` takes the room that is left, `number` stands at the right, `actions` has no visible title. */
  readonly kind?: 'wide' | 'number' | 'actions' | undefined;
  /** The name by which the table may be sorted by it. */
  readonly sort?: string;
}

export interface Sorting {
  readonly by: string;
  readonly order: 'asc' | 'desc';
  readonly onSort: (by: string) => void;
}

export interface TableProps<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row, index: number) => string;
  readonly sorting?: Sorting;
}

/** A table that turns into a list of cards where it is narrow. The roles are said, for such styles take them away. */
export function Table<Row>({ label, columns, rows, keyOf, sorting }: TableProps<Row>) {
  return (
    <table class="table" role="table" aria-label={label}>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map((column) => (
            <Heading key={column.title} column={column} sorting={sorting} />
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row, index) => (
          <tr key={keyOf(row, index)} role="row">
            {columns.map((column) => (
              <td key={column.title} role="cell" class={column.kind} data-title={column.title}>
                {column.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Heading<Row>({
  column,
  sorting,
}: {
  readonly column: Column<Row>;
  readonly sorting: Sorting | undefined;
}) {
  const { title, kind, sort } = column;
  if (kind === 'actions') {
    return (
      <th role="columnheader" scope="col" class={kind}>
        <span class="visually-hidden">{title}</span>
      </th>
    );
  }
  if (sort === undefined || !sorting) {
    return (
      <th role="columnheader" scope="col" class={kind}>
        {title}
      </th>
    );
  }
  const order = sorting.by === sort ? sorting.order : undefined;
  return (
    <th
      role="columnheader"
      scope="col"
      class={kind}
      aria-sort={order === undefined ? 'none' : order === 'asc' ? 'ascending' : 'descending'}
    >
      <button type="button" class="sort" onClick={() => sorting.onSort(sort)}>
        {title}
        <span class="sort-sign" aria-hidden="true">
          {order === undefined ? '' : order === 'asc' ? '↑' : '↓'}
        </span>
      </button>
    </th>
  );
}
