import { SesameError, type ErrorCode } from '../base/errors.ts';

/** What the programs of Sesame end with. */
export const ExitCode = {
  done: 0,
  other: 1,
  usage: 2,
  notFound: 3,
  retry: 5,
  someFailed: 23,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

const BY_ERROR: Partial<Record<ErrorCode, ExitCode>> = {
  'bad-setting': ExitCode.usage,
  'not-found': ExitCode.notFound,
  'no-server': ExitCode.retry,
  'data-folder-in-use': ExitCode.retry,
};

export function exitCodeFor(error: unknown): ExitCode {
  return error instanceof SesameError ? (BY_ERROR[error.code] ?? ExitCode.other) : ExitCode.other;
}
