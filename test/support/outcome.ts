// What came of a call, as the golden vectors put it: `ok`, or the code of the error.
import { SesameError, type ErrorCode } from '../../src/base/errors.ts';

export type Outcome = 'ok' | ErrorCode;

/** Anything thrown that is no SesameError is thrown on: a fault of ours, never an outcome. */
export function outcomeOf(action: () => unknown): Outcome {
  try {
    action();
    return 'ok';
  } catch (error) {
    return codeOf(error);
  }
}

export async function outcome(promise: Promise<unknown>): Promise<Outcome> {
  try {
    await promise;
    return 'ok';
  } catch (error) {
    return codeOf(error);
  }
}

function codeOf(error: unknown): ErrorCode {
  if (error instanceof SesameError) return error.code;
  throw error;
}
