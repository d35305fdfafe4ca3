import { getCallSites } from 'node:util';
import { basename } from 'node:path';
import { Chalk, type ChalkInstance } from 'chalk';
import { escapeForDisplay, escapeJson, formatBytes, shortHex } from '../base/format.ts';
import type { LogFields, LogLevel } from '../base/logger.ts';

export interface LogRecord {
  /** ms since 1970. */
  readonly time: number;
  readonly level: LogLevel;
  readonly module: string;
  readonly message: string;
  readonly fields: LogFields;
  /** `file.ts:12`, at DEBUG only. */
  readonly source?: string;
}

export type RecordFormat = (record: LogRecord) => string;

/** One line for a human. */
export function prettyFormat(colour: boolean): RecordFormat {
  const chalk = new Chalk({ level: colour ? 1 : 0 });
  const paint: Record<LogLevel, ChalkInstance> = {
    debug: chalk.gray,
    info: chalk.green,
    warning: chalk.yellow,
    error: chalk.red,
    critical: chalk.bold.red,
  };
  return ({ time, level, module, message, fields, source }) => {
    const when = chalk.dim(new Date(time).toISOString().replace('T', ' ').replace('Z', ''));
    const values = Object.entries(fields).map(
      ([name, value]) => chalk.dim(`${name}=`) + prettyValue(name, value),
    );
    const where = source === undefined ? [] : [chalk.dim(`(${source})`)];
    const head = [when, paint[level](level.toUpperCase().padEnd(8)), chalk.cyan(module.padEnd(8))];
    return [...head, escapeForDisplay(message), ...values, ...where].join(' ');
  };
}

/** One JSON object a line, for machines; sizes stay numbers. */
export const jsonFormat: RecordFormat = ({ time, level, module, message, fields, source }) =>
  escapeJson(
    JSON.stringify({
      ...Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, jsonValue(value)])),
      time: new Date(time).toISOString(),
      level: level.toUpperCase(),
      module,
      message,
      ...(source !== undefined && { source }),
    }),
  );

/**
 * Where in the source the logger was called.
 *
 * @param depth frames between this function and the caller that counts
 */
export function callSite(depth: number): string | undefined {
  const site = getCallSites(depth + 1, { sourceMap: true })[depth];
  return site && `${basename(site.scriptName)}:${site.lineNumber}`;
}

const SIZE_NAME = /(^|_)(bytes|size)$/;

function prettyValue(name: string, value: unknown): string {
  if (value instanceof Uint8Array) return shortHex(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return SIZE_NAME.test(name) ? formatBytes(value) : String(value);
  const text = typeof value === 'string' ? value : (JSON.stringify(value) as string | undefined);
  const safe = escapeForDisplay(text ?? String(value));
  return /[\s="]/.test(safe) ? JSON.stringify(safe) : safe;
}

function jsonValue(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  return value instanceof Uint8Array ? shortHex(value) : value;
}
