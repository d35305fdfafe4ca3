import type { FastifyRequest } from 'fastify';
import type { AccessTokens } from '../accounts/access-tokens.ts';
import type { People, SignedIn } from '../accounts/people.ts';
import { SesameError } from '../base/errors.ts';
import { clientNameKey } from '../transfer/storage-path.ts';
import type { PolicyDesk } from '../transfer/policy-desk.ts';
import type { Machine } from '../transfer/machine-ports.ts';
import { checkCsrf } from './cross-site.ts';

export const SESSION_COOKIE = 'sesame-session';

/** Who asks: a person with a session, or a client with an access token. */
export type Caller =
  | { readonly kind: 'person'; readonly signedIn: SignedIn }
  | { readonly kind: 'client'; readonly machine: Machine };

/** Whom a route is for: each of these may do what those before it may. */
export type Audience = 'anybody' | 'client' | 'viewer' | 'operator';

export interface Credentials {
  readonly people: People;
  readonly tokens: AccessTokens;
  readonly policies: PolicyDesk;
}

/** @returns undefined where nobody is named, or whoever is named is not, or no longer, known. @throws `cross-site` */
export async function callerOf(
  request: FastifyRequest,
  { people, tokens, policies }: Credentials,
): Promise<Caller | undefined> {
  const token = tokenOf(request.headers.authorization);
  if (token) {
    const machine = await tokens.machineOf(token.secret);
    const isRight =
      machine && (token.name === null || clientNameKey(token.name) === clientNameKey(machine.name));
    if (!isRight) return undefined;
    // As policies have it at this moment.
    return { kind: 'client', machine: { ...machine, writeOnly: policies.book.isWriteOnly(machine) } };
  }
  const cookie = request.cookies[SESSION_COOKIE];
  const signedIn = cookie === undefined ? undefined : await people.session(cookie);
  if (!signedIn) return undefined;
  const caller = { kind: 'person', signedIn } as const;
  // Known from here on: what his browser must not send is counted for him, and not for his address.
  request.caller = caller;
  checkCsrf(request, signedIn.csrf);
  return caller;
}

/** @throws `not-signed-in`; `not-allowed` */
export function checkAudience(caller: Caller | undefined, audience: Audience): void {
  if (audience === 'anybody') return;
  if (!caller) throw new SesameError('not-signed-in', 'sign in, or give an access token');
  if (audience === 'client') return;
  if (caller.kind === 'client') {
    throw new SesameError('not-allowed', 'an access token reaches the files of its client, and nothing else');
  }
  if (audience === 'operator' && caller.signedIn.person.role !== 'operator') {
    throw new SesameError('not-allowed', 'only an operator may do that');
  }
}

export function nameOf(caller: Caller | undefined): string | undefined {
  if (!caller) return undefined;
  return caller.kind === 'person' ? caller.signedIn.person.name : caller.machine.name;
}

/** `Bearer TOKEN`, or `Basic` with the client's name and its token, as curl -u sends it. */
function tokenOf(
  authorization: string | undefined,
): { readonly secret: string; readonly name: string | null } | undefined {
  const [scheme = '', value = ''] = authorization?.split(' ') ?? [];
  if (scheme.toLowerCase() === 'bearer') return { secret: value, name: null };
  if (scheme.toLowerCase() !== 'basic') return undefined;
  const [name = '', ...rest] = Buffer.from(value, 'base64').toString().split(':');
  return { secret: rest.join(':'), name };
}
