import { SesameError } from '../base/errors.ts';
import type { PolicyBook } from './policy-book.ts';
import type { Admission } from './upload-ports.ts';

/** What the ledger says of a version that does not get its place. */
export type RefusedAdmission = Exclude<Admission, { readonly verdict: 'go' | 'there' | 'gone' }>;

/** Why, for the client. */
export function refusedBy(
  admission: RefusedAdmission,
  clientName: string,
  policies: PolicyBook,
): SesameError {
  switch (admission.verdict) {
    case 'exists':
      return policies.refusals.exists(policies.limitsOf(clientName));
    case 'append-only':
      return policies.refusals.appendOnly();
    case 'over-quota':
      return policies.refusals.overQuota(clientName, admission);
    case 'path-conflict':
      return pathConflict();
  }
}

export function pathConflict(): SesameError {
  return new SesameError('path-conflict', 'a file stands where a folder is wanted, or the reverse');
}
