// Sesame held against what people use today, on loopback: the same files, in turns, both ends on this machine.
// sesame makes everything durable before it acknowledges it; the others do not.
//
//   npm run bench [-- ROW… --rounds N --size BYTES --files N --only NAME --slow --json]
//
// Rows: large, small, far, resume, which are all of version 4; http, the gateway against nginx; v3; attack, uploads beside floods; and fleet,
// a thousand machines at once. --only may be given more than once.
import { parseArgs } from 'node:util';
import { CONTENDERS } from './contenders.ts';
import { printJson, printTable } from './report.ts';
import type { Row, RowReport } from './row.ts';
import { attack } from './rows/attack.ts';
import { far } from './rows/far.ts';
import { fleet } from './rows/fleet.ts';
import { http } from './rows/http.ts';
import { large } from './rows/large.ts';
import { resume } from './rows/resume.ts';
import { small } from './rows/small.ts';
import { v3 } from './rows/v3.ts';
import { Stage } from './stage.ts';

const ROWS: Readonly<Record<string, Row>> = { large, small, far, resume, http, v3, attack, fleet };

const { values, positionals } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    size: { type: 'string', default: String(1024 ** 3) },
    files: { type: 'string', default: '10000' },
    only: { type: 'string', multiple: true },
    slow: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const rounds = count('rounds');
const options = {
  rounds,
  size: count('size'),
  files: count('files'),
  only: values.only && new Set(values.only),
  slow: values.slow,
};

const reports: RowReport[] = [];
for (const row of wantedRows()) {
  await using stage = new Stage();
  const made = await row(stage, options);
  reports.push(...made);
  if (!values.json) for (const report of made) printTable(report, rounds);
}
if (values.json) printJson(reports, rounds);

function wantedRows(): Row[] {
  const names = positionals.length > 0 ? positionals : ['large', 'small', 'far', 'resume'];
  return names.map((name) => ROWS[name] ?? misused(`There is no row '${name}'.`));
}

function count(option: 'rounds' | 'size' | 'files'): number {
  const value = Number(values[option]);
  return Number.isSafeInteger(value) && value > 0 ? value : misused(`--${option} wants a whole number.`);
}

function misused(why: string): never {
  console.error(why);
  console.error(
    `Rows: ${Object.keys(ROWS).join(', ')}. Names for --only: ${Object.keys(CONTENDERS).join(', ')}.`,
  );
  process.exit(2);
}
