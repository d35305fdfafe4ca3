// The table of sizes in docs/OPERATIONS.md: what it says, and what it should say.
import { nameOf, type Artefact } from './artefacts.ts';

const KIB = 1024;
/** How far the page may be off: compilers and libraries get their updates. */
const TOLERANCE = 0.05;

/** A row of the table, as it stands in the page. */
export function sizeRow(artefact: Artefact): string {
  const [download, installed] = [artefact.download, artefact.installed].map(inKiB);
  return `| \`${nameOf(artefact)}\` | ${download} | ${installed} | ${artefact.needs} |`;
}

/** The page with the rows of these artefacts as they are now. */
export function withSizes(page: string, artefacts: readonly Artefact[]): string {
  return artefacts.reduce(
    (text, artefact) => text.replace(rowPattern(artefact), () => sizeRow(artefact)),
    page,
  );
}

/** What the page says wrongly of these artefacts, or not at all. */
export function wrongSizes(page: string, artefacts: readonly Artefact[]): string[] {
  return artefacts.flatMap((artefact) => {
    const row = rowPattern(artefact).exec(page)?.[0] ?? '';
    const said = [...row.matchAll(/ ([\d ]+) KiB /g)].map(([, digits = '']) =>
      Number(digits.replaceAll(' ', '')),
    );
    const is = [artefact.download, artefact.installed].map((size) => size / KIB);
    const isRight =
      said.length === 2 && is.every((size, at) => Math.abs(size - (said[at] ?? 0)) <= size * TOLERANCE);
    return isRight ? [] : [`docs/OPERATIONS.md should say: ${sizeRow(artefact)}`];
  });
}

function rowPattern(artefact: Artefact): RegExp {
  return new RegExp(`^\\| \`${nameOf(artefact).replaceAll('.', '\\.')}\` \\|.*$`, 'm');
}

function inKiB(bytes: number): string {
  const digits = String(Math.round(bytes / KIB));
  return `${digits.replace(/(?<=\d)(?=(\d{3})+$)/g, ' ')} KiB`;
}
