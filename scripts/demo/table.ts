/** Lays out rows under their headings, the columns as wide as they must be. Numbers stand to the right. */
export function table(rows: readonly Readonly<Record<string, string | number>>[]): string {
  const headings = Object.keys(rows[0] ?? {});
  const widths = headings.map((heading) =>
    Math.max(heading.length, ...rows.map((row) => String(row[heading] ?? '').length)),
  );
  const layOut = (cells: readonly (string | number)[]): string =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return typeof cell === 'number' ? String(cell).padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();

  return [headings, widths.map((width) => '─'.repeat(width)), ...rows.map((row) => Object.values(row))]
    .map(layOut)
    .join('\n');
}
