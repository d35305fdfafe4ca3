import type { AccessTokens } from '../accounts/access-tokens.ts';
import type { People } from '../accounts/people.ts';
import type { AuditLog, NumberedEntry } from '../accounts/ports.ts';
import type { ControlRequest } from './control-protocol.ts';

/** What an operation on accounts works with. */
export interface AccountOperator {
  readonly people: People;
  readonly tokens: AccessTokens;
  readonly audit: AuditLog;
  /** A sign-in link out of its secret. */
  readonly signInLink: (secret: string) => string;
}

/** A person as `sesamed users ls` shows it; also its JSON. Times are ISO 8601. */
export interface PersonListing {
  readonly name: string;
  readonly role: string;
  readonly created: string;
  readonly last_seen: string | null;
  readonly has_password: boolean;
}

/** An access token as `sesamed tokens ls` shows it; also its JSON. */
export interface TokenListing {
  readonly id: number;
  readonly client: string;
  readonly created: string;
  readonly last_used: string | null;
  readonly expires: string | null;
}

/** An entry of the audit trail as `sesamed audit ls` shows it; also its JSON. */
export type AuditListing = Omit<NumberedEntry, 'time'> & { readonly time: string };

export type AccountRequest = Extract<ControlRequest, { op: `${'users' | 'tokens' | 'audit'}.${string}` }>;

/** People, access tokens and the audit trail. */
export async function carryOutOnAccounts(
  request: AccountRequest,
  { people, tokens, audit, signInLink }: AccountOperator,
): Promise<unknown> {
  switch (request.op) {
    case 'users.ls':
      return (await people.list()).map((person): PersonListing => ({
        name: person.name,
        role: person.role,
        created: iso(person.createdAt),
        last_seen: person.lastSeenAt === null ? null : iso(person.lastSeenAt),
        has_password: person.passwordHash !== null,
      }));
    case 'users.add': {
      const { link, expiresAt } = await people.add(request.name, request.role);
      return { name: request.name, link: signInLink(link), expires: iso(expiresAt) };
    }
    case 'users.link': {
      const { link, expiresAt } = await people.newLink(request.name);
      return { name: request.name, link: signInLink(link), expires: iso(expiresAt) };
    }
    case 'users.rm':
      await people.remove(request.name);
      return { removed: request.name };
    case 'tokens.ls':
      return (await tokens.list()).map(toTokenListing);
    case 'tokens.add': {
      const { token, ...added } = await tokens.add(request.client, request);
      return { ...toTokenListing({ ...added, lastUsedAt: null }), token };
    }
    case 'tokens.rm':
      return { removed: request.id, client: await tokens.remove(request.id) };
    case 'audit.ls': {
      const entries = await audit.list(request.before, request.limit, request.search);
      return entries.map((entry): AuditListing => ({ ...entry, time: iso(entry.time) }));
    }
  }
}

function toTokenListing(token: Awaited<ReturnType<AccessTokens['list']>>[number]): TokenListing {
  const { row, client, createdAt, lastUsedAt, expiresAt } = token;
  return {
    id: row,
    client,
    created: iso(createdAt),
    last_used: lastUsedAt === null ? null : iso(lastUsedAt),
    expires: expiresAt === null ? null : iso(expiresAt),
  };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
