import type { PolicyAmount, PolicyChange, PolicyConflict, PolicyFields } from '../fleet-types.ts';
import { readAmount, readCount, writeAmount } from './amounts.ts';
import { type Faults, FieldError } from './faults.ts';

export type YesOrNo = '' | 'yes' | 'no';

/** A policy as it stands in a form: what is empty it says nothing of. */
export interface PolicyDraft {
  readonly max_bytes: string;
  readonly max_files: string;
  readonly max_file: string;
  readonly max_rate: string;
  readonly write_only: YesOrNo;
  readonly append_only: YesOrNo;
  readonly conflict: '' | PolicyConflict;
}

export type AmountField = 'max_bytes' | 'max_files' | 'max_file' | 'max_rate';

const NO_AMOUNT = 'A number with K, M, G or T behind it, or none.';
const NO_COUNT = 'A whole number, or none.';

/** @param policy undefined for a new one */
export function draftOf(policy: PolicyFields | undefined): PolicyDraft {
  return {
    max_bytes: writeAmount(policy?.max_bytes ?? null),
    max_files: policy?.max_files === 'none' ? 'none' : String(policy?.max_files ?? ''),
    max_file: writeAmount(policy?.max_file ?? null),
    max_rate: writeAmount(policy?.max_rate ?? null),
    write_only: choiceOf(policy?.write_only ?? null),
    append_only: choiceOf(policy?.append_only ?? null),
    conflict: policy?.conflict ?? '',
  };
}

/**
 * What is to be changed: fields that stay as they were are missing, so that nothing is undone that somebody else has
 * changed meanwhile.
 *
 * @throws FieldError
 */
export function changeOf(
  pattern: string,
  draft: PolicyDraft,
  before: PolicyFields | undefined,
): PolicyChange {
  const faults: Record<string, string> = {};
  const read = (field: AmountField): PolicyAmount => {
    const isCount = field === 'max_files';
    const value = (isCount ? readCount : readAmount)(draft[field]);
    if (value === undefined) faults[field] = isCount ? NO_COUNT : NO_AMOUNT;
    return value ?? null;
  };
  const wanted: PolicyFields = {
    max_bytes: read('max_bytes'),
    max_files: read('max_files'),
    max_file: read('max_file'),
    max_rate: read('max_rate'),
    write_only: draft.write_only === '' ? null : draft.write_only === 'yes',
    append_only: draft.append_only === '' ? null : draft.append_only === 'yes',
    conflict: draft.conflict === '' ? null : draft.conflict,
  };
  if (Object.keys(faults).length > 0) throw new FieldError(faults satisfies Faults);
  const changed = Object.entries(wanted).filter(
    ([field, value]) => value !== (before?.[field as keyof PolicyFields] ?? null),
  );
  return { pattern, ...Object.fromEntries(changed) };
}

function choiceOf(value: boolean | null): YesOrNo {
  return value === null ? '' : value ? 'yes' : 'no';
}
