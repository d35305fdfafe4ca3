// What a row of the benchmark is given, and what comes out of it.
import { CONTENDERS, type ContenderName, type Source } from './contenders.ts';
import { contest, type Load, type Standing } from './contest.ts';
import type { Stage } from './stage.ts';

export interface RowOptions {
  readonly rounds: number;
  /** Bytes of the large file. */
  readonly size: number;
  /** Number of the small files. */
  readonly files: number;
  /** The contenders that are wanted; all where undefined. */
  readonly only: ReadonlySet<string> | undefined;
  /** Whether to run what takes minutes. */
  readonly slow: boolean;
}

export interface RowReport {
  readonly title: string;
  /** Whether it was run once, however many rounds were wanted. */
  readonly once?: boolean;
  readonly load?: Load;
  readonly standings?: readonly Standing[];
  /** Sentences below the table. */
  readonly notes: readonly string[];
  /** Other figures, for --json. */
  readonly figures?: Readonly<Record<string, number>>;
}

export type Row = (stage: Stage, options: RowOptions) => Promise<readonly RowReport[]>;

/** Those of `names` that are wanted, against each other. */
export async function hold(
  names: readonly ContenderName[],
  { stage, source, load, options }: { stage: Stage; source: Source; load: Load; options: RowOptions },
): Promise<Standing[]> {
  const wanted = names.filter((name) => options.only?.has(name) ?? true);
  const contenders = [];
  for (const name of wanted) contenders.push(await CONTENDERS[name](stage, source));
  return contest(contenders, load, options.rounds);
}
