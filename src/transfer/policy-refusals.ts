import { SesameError } from '../base/errors.ts';
import { formatBytes } from '../base/format.ts';
import type { ClientLimits, PolicyField } from './policy.ts';
import type { OverQuota } from './upload-ports.ts';

/** How policies say no, in words, and how often they did. */
export class PolicyRefusals {
  readonly #counts = new Map<PolicyField, number>();

  /** By the field that refused. */
  get counts(): ReadonlyMap<PolicyField, number> {
    return this.#counts;
  }

  overQuota(clientName: string, { limit, most, used, underWay, needs }: OverQuota): SesameError {
    const left = Math.max(0, most - used - underWay);
    const text =
      limit === 'max-bytes'
        ? `quota of ${size(most)} for ${clientName}: ${size(used)} stored, ${size(underWay)} under way, ` +
          `${size(left)} left; this file needs ${size(needs)}`
        : `quota of ${files(most)} for ${clientName}: ${used} stored, ${underWay} under way, ${left} left; ` +
          'this file is one more';
    return this.#count(limit, new SesameError('over-quota', text));
  }

  tooLarge({ maxFile, sources }: ClientLimits): SesameError {
    const source = sources['max-file'];
    const whose = source
      ? `the policy "${source.pattern}" takes of one file`
      : 'this server takes (max-upload)';
    const error = new SesameError('too-large', `more than the ${size(maxFile)} that ${whose}`);
    return source ? this.#count('max-file', error) : error;
  }

  appendOnly(): SesameError {
    return this.#count(
      'append-only',
      new SesameError(
        'append-only',
        'what stands there stays: the new version does not begin with all of it',
      ),
    );
  }

  writeOnly(): SesameError {
    return this.#count(
      'write-only',
      new SesameError('write-only', 'this client may send files, and not read them'),
    );
  }

  exists({ sources }: ClientLimits): SesameError {
    const source = sources.conflict;
    const whose = source ? `the policy "${source.pattern}"` : 'this server';
    const error = new SesameError('exists', `another version stands there, and ${whose} keeps the first`);
    return source ? this.#count('conflict', error) : error;
  }

  #count(field: PolicyField, error: SesameError): SesameError {
    this.#counts.set(field, (this.#counts.get(field) ?? 0) + 1);
    return error;
  }
}

/** 10 GiB is said so, and not 10.0 GiB. */
function size(bytes: number): string {
  return formatBytes(bytes).replace('.0 ', ' ');
}

function files(count: number): string {
  return count === 1 ? '1 file' : `${count} files`;
}
