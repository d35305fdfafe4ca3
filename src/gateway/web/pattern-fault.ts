import { FieldError } from './faults.ts';
import { ApiError } from './http.ts';

/** Takes a refusal of a pattern to the field that it was written in. Always throws. */
export function patternFault(error: unknown): never {
  throw error instanceof ApiError && error.code === 'bad-name'
    ? new FieldError({ pattern: error.message })
    : error;
}
