import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ROOT, run } from './run.ts';

/** What is packaged, and of when it is: all times in packages are this one, so that the same sources make the same bytes. */
export interface Version {
  readonly name: string;
  /** Seconds since 1970: SOURCE_DATE_EPOCH, else of the last commit, else of the changelog. */
  readonly epoch: number;
}

export function currentVersion(): Version {
  const manifest: unknown = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  return { name: z.object({ version: z.string() }).parse(manifest).version, epoch: sourceEpoch() };
}

/** YYYY-MM-DD */
export function dateOf({ epoch }: Version): string {
  return new Date(epoch * 1000).toISOString().slice(0, 10);
}

function sourceEpoch(): number {
  const given = process.env['SOURCE_DATE_EPOCH'];
  if (given !== undefined) return Number(given);
  try {
    return Number(run(['git', 'log', '-1', '--format=%ct']));
  } catch {
    return Math.floor(statSync(join(ROOT, 'CHANGELOG.md')).mtimeMs / 1000);
  }
}
