import type { FastifyRequest } from 'fastify';
import type { ErrorCode } from '../base/errors.ts';
import type { Guard } from '../guard/guard.ts';
import type { Offence } from '../guard/offences.ts';
import type { Subject } from '../guard/subject.ts';

/** What counts of the refusals over HTTP (GUARD.md 2), of somebody who has not said who he is. */
const OF_STRANGERS: Partial<Record<ErrorCode, Offence>> = {
  'not-found': 'unknown-path',
  'unsupported-type': 'unknown-path',
  'method-not-allowed': 'unknown-path',
  'bad-request': 'bad-request',
  'wrong-host': 'bad-request',
  'cross-site': 'bad-request',
  'not-allowed': 'traversal',
  'wrong-password': 'sign-in',
};

/** Somebody who is known looks for what is not there for good reasons. */
const OF_KNOWN: Partial<Record<ErrorCode, Offence>> = {
  'cross-site': 'bad-request',
  'wrong-password': 'sign-in',
};

/** @returns undefined for what counts for nothing */
export function webOffence(
  request: FastifyRequest,
  code: ErrorCode,
  isQuiet: (path: string) => boolean,
): Offence | undefined {
  if (request.caller) return OF_KNOWN[code];
  const [path = ''] = request.url.split('?', 1);
  const offence = OF_STRANGERS[code];
  if (offence === 'unknown-path' && isQuiet(path)) return undefined;
  // Who gives no credentials is asked for some; who gives wrong ones guesses.
  if (code === 'not-signed-in') return request.headers.authorization === undefined ? undefined : 'sign-in';
  return offence;
}

/** By what it is counted: nobody is where the guard counts nobody, whoever he is. */
export function countedAs(request: FastifyRequest, guard: Guard): Subject | null {
  return guard.sourceOf(request.address) === null ? null : subjectOf(request, guard);
}

/** Who asks where that is known, else where it comes from. */
export function subjectOf({ caller, address }: FastifyRequest, guard: Guard): Subject | null {
  if (!caller) return guard.sourceOf(address);
  return caller.kind === 'person'
    ? guard.user(caller.signedIn.person.name)
    : guard.client(caller.machine.name);
}
