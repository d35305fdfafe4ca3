import type { Client, ClientList, NewToken, TokenList, TokenRequest } from '../client-types.ts';
import type {
  AuditPage,
  AuditQuery,
  FileDetails,
  FileName,
  FilePage,
  FileQuery,
  LinkOwner,
  NewLink,
  NewUser,
  Overview,
  PasswordChange,
  Session,
  SettingList,
  SignIn,
  SignInLink,
  UserList,
  Verification,
} from '../api-types.ts';
import type {
  ClientPolicy,
  ListedPolicy,
  MatchingClients,
  PolicyChange,
  PolicyList,
} from '../fleet-types.ts';
import type {
  Approval,
  Approved,
  Denial,
  Enrolment,
  FleetEnrolment,
  Joins,
  NewFleetLine,
  NewJoinLine,
} from '../join-types.ts';
import type { BlockRequest, NewBlock, NewPin, Opening, OpenRequest, Security } from '../security-types.ts';
import { ask } from './http.ts';
import { urlOf } from './url.ts';

const post = 'POST';
const remove = 'DELETE';

/** Every request of docs/HTTP.md 4 that the console makes. */
export const api = {
  session: () => ask<Session>('/api/session'),
  signIn: (body: SignIn) => ask<Session>('/api/session', { method: post, body }),
  linkOwner: (token: string) => ask<LinkOwner>('/api/session/link', { method: post, body: { token } }),
  useLink: (body: Required<SignInLink>) => ask<Session>('/api/session/link', { method: post, body }),
  signOut: () => ask<undefined>('/api/session', { method: remove }),
  changePassword: (body: PasswordChange) => ask<undefined>('/api/session/password', { method: 'PUT', body }),

  overview: (signal?: AbortSignal) => ask<Overview>('/api/overview', { signal }),

  files: (query: FileQuery, signal?: AbortSignal) =>
    ask<FilePage>('/api/files', { query: { ...query }, signal }),
  file: (query: FileName, signal?: AbortSignal) =>
    ask<FileDetails>('/api/file', { query: { ...query }, signal }),
  verifyFile: (body: FileName) => ask<Verification>('/api/file/verify', { method: post, body }),
  deleteFile: (query: FileName) => ask<undefined>('/api/file', { method: remove, query: { ...query } }),

  clients: (signal?: AbortSignal) => ask<ClientList>('/api/clients', { signal }),
  enrol: (body: Enrolment) => ask<NewJoinLine>('/api/clients', { method: post, body }),
  withdrawJoinLine: (name: string) => ask<undefined>('/api/join-line', { method: remove, query: { name } }),
  revoke: (name: string) => ask<undefined>('/api/clients/revoke', { method: post, body: { name } }),

  client: (name: string, signal?: AbortSignal) => ask<Client>('/api/client', { query: { name }, signal }),

  joins: (signal?: AbortSignal) => ask<Joins>('/api/joins', { signal }),
  approve: (body: Approval) => ask<Approved>('/api/joins/approve', { method: post, body }),
  deny: (body: Denial) => ask<undefined>('/api/joins/deny', { method: post, body }),
  addFleetLine: (body: FleetEnrolment) => ask<NewFleetLine>('/api/fleet-lines', { method: post, body }),
  removeFleetLine: (id: string) => ask<undefined>('/api/fleet-line', { method: remove, query: { id } }),

  policies: (signal?: AbortSignal) => ask<PolicyList>('/api/policies', { signal }),
  setPolicy: (body: PolicyChange) => ask<ListedPolicy>('/api/policies', { method: 'PUT', body }),
  removePolicy: (pattern: string) => ask<undefined>('/api/policy', { method: remove, query: { pattern } }),
  matchingClients: (pattern: string, signal?: AbortSignal) =>
    ask<MatchingClients>('/api/policies/clients', { query: { pattern }, signal }),
  clientPolicy: (name: string, signal?: AbortSignal) =>
    ask<ClientPolicy>('/api/clients/policy', { query: { name }, signal }),

  tokens: (signal?: AbortSignal) => ask<TokenList>('/api/tokens', { signal }),
  addToken: (body: TokenRequest) => ask<NewToken>('/api/tokens', { method: post, body }),
  removeToken: (id: string) => ask<undefined>('/api/token', { method: remove, query: { id } }),

  security: (signal?: AbortSignal) => ask<Security>('/api/security', { signal }),
  block: (body: BlockRequest) => ask<NewBlock>('/api/guard/block', { method: post, body }),
  unblock: (who: string) => ask<undefined>('/api/guard/block', { method: remove, query: { who } }),
  newPin: () => ask<NewPin>('/api/guard/pin', { method: post }),
  openGate: (body: OpenRequest) => ask<Opening>('/api/gate/open', { method: post, body }),
  closeGate: (address: string) => ask<undefined>('/api/gate/open', { method: remove, query: { address } }),
  audit: (query: AuditQuery, signal?: AbortSignal) =>
    ask<AuditPage>('/api/audit', { query: { ...query }, signal }),
  settings: (signal?: AbortSignal) => ask<SettingList>('/api/settings', { signal }),

  users: (signal?: AbortSignal) => ask<UserList>('/api/users', { signal }),
  addUser: (body: NewUser) => ask<NewLink>('/api/users', { method: post, body }),
  linkUser: (name: string) => ask<NewLink>('/api/users/link', { method: post, body: { name } }),
  removeUser: (name: string) => ask<undefined>('/api/user', { method: remove, query: { name } }),
};

/** Where a file's content is. */
export function contentUrl({ client, path }: FileName): string {
  return urlOf('/api/file/content', { client, path });
}

/** Where a list of files is as CSV. */
export function csvUrl({ client, search, sort, order }: FileQuery): string {
  return urlOf('/api/files.csv', { client, search, sort, order });
}
