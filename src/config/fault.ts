import { SesameError } from '../base/errors.ts';

/** Where something stands in a file: lines and columns from 1, in characters. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** What is wrong with one setting, or with the file of settings as a whole. */
export interface Fault {
  /** A flag, a variable, or the path of the file. */
  readonly source: string;
  /** In the file. */
  readonly position?: Position | undefined;
  /** Dotted; absent where the flag or the variable names it, or no setting is meant. */
  readonly key?: string | undefined;
  /** What is wrong, and what would be right. */
  readonly message: string;
}

/** All that is wrong with the settings, found in one go. */
export class SettingsError extends SesameError {
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    const lines = faults.map(faultText);
    const [only = ''] = lines;
    const all = [`${lines.length} settings are wrong:`, ...lines.map((line) => `  ${line}`)];
    super('bad-setting', lines.length === 1 ? only : all.join('\n'));
    this.faults = faults;
  }
}

/** `sesame.toml:3:8: port: …`, `--port: …` */
export function faultText({ source, position, key, message }: Fault): string {
  const place = position ? `${source}:${position.line}:${position.column}` : source;
  return [place, ...(key === undefined ? [] : [key]), message].join(': ');
}
