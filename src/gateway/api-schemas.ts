import { z } from 'zod';
import type * as Api from './api-types.ts';

/** What the API takes and answers, as it is checked and as OpenAPI describes it; the types are in api-types.ts. */

const time = z.iso.datetime().describe('UTC');
const bytes = z.int().min(0).describe('bytes');
const name = z.string().min(1).max(1000);
const role = z.enum(['viewer', 'operator']);

export const session = z.object({
  user: z.object({ name: z.string(), role }),
  csrf: z.string().describe('for X-CSRF-Token'),
  expires: time,
}) satisfies z.ZodType<Api.Session>;

export const signIn = z.object({ name, password: z.string().max(1024) }) satisfies z.ZodType<Api.SignIn>;

export const signInLink = z.object({
  token: z.string().max(100),
  name: name.optional(),
  password: z.string().max(1024).optional(),
});

export const linkOwner = z.object({
  name: z.string().nullable(),
  role,
  expires: time,
}) satisfies z.ZodType<Api.LinkOwner>;

export const passwordChange = z.object({
  old: z.string().max(1024),
  new: z.string().max(1024),
}) satisfies z.ZodType<Api.PasswordChange>;

export const overview = z.object({
  version: z.string(),
  started: time,
  now: time,
  state: z.enum(['ready', 'draining']),
  pin: z.string(),
  transfer: z.array(z.string()),
  http: z.array(z.string()),
  disk: z.object({ total: bytes, free: bytes }),
  totals: z.object({ clients: z.int(), files: z.int(), bytes }),
  health: z.array(
    z.object({ name: z.string(), state: z.enum(['ok', 'warning', 'error']), message: z.string() }),
  ),
}) satisfies z.ZodType<Api.Overview>;

const order = {
  client: z.string().max(1000).optional().describe('of this client only'),
  search: z.string().max(4096).default('').describe('a part of path or client, in any case'),
  sort: z.enum(['path', 'client', 'size', 'time']).default('path'),
  order: z.enum(['asc', 'desc']).default('asc'),
};
export const fileOrder = z.object(order);
export const fileQuery = z.object({
  ...order,
  offset: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(200).default(100),
  snapshot: z.string().max(100).optional(),
});

const row = {
  client: z.string(),
  path: z.string(),
  size: bytes,
  modified: time,
  received: time,
  protocol: z.union([z.literal(3), z.literal(4)]),
  form: z.enum(['plaintext', 'ciphertext']),
  sha256: z.string().nullable(),
  crc32: z.string().nullable(),
};
export const fileRow = z.object({ ...row, receipt: z.int().nullable() }) satisfies z.ZodType<Api.FileRow>;

export const filePage = z.object({
  snapshot: z.string(),
  total: z.int(),
  rows: z.array(fileRow.nullable()),
}) satisfies z.ZodType<Api.FilePage>;

export const receipt = z.object({
  seq: z.int(),
  text: z.string().describe('the exact bytes that were signed'),
  signature: z.string().describe('armored, as ssh-keygen -Y verify takes it'),
}) satisfies z.ZodType<Api.Receipt>;

export const fileDetails = z.object({
  ...row,
  receipt: receipt.nullable(),
  versions: z.array(fileRow),
}) satisfies z.ZodType<Api.FileDetails>;

export const fileName = z.object({
  client: name,
  path: z.string().min(1).max(8192),
}) satisfies z.ZodType<Api.FileName>;

export const verification = z.object({
  verdict: z.enum(['intact', 'changed', 'missing', 'unsigned']),
  message: z.string(),
  bytes,
  seconds: z.number(),
}) satisfies z.ZodType<Api.Verification>;

export const named = z.object({ name }) satisfies z.ZodType<Api.Named>;

export const auditQuery = z.object({
  before: z.coerce.number().int().min(1).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  search: z.string().max(1000).default(''),
});

export const auditPage = z.object({
  entries: z.array(
    z.object({
      seq: z.int(),
      time,
      actor: z.string(),
      address: z.string().nullable(),
      action: z.string(),
      target: z.string().nullable(),
      outcome: z.string(),
      detail: z.string().nullable(),
    }),
  ),
  more: z.boolean(),
}) satisfies z.ZodType<Api.AuditPage>;

export const settingList = z.object({
  settings: z.array(
    z.object({
      key: z.string(),
      value: z.string().nullable(),
      source: z.string(),
      flag: z.string().nullable(),
      environment: z.string().nullable(),
      help: z.string(),
    }),
  ),
}) satisfies z.ZodType<Api.SettingList>;

export const userList = z.object({
  users: z.array(
    z.object({
      name: z.string(),
      role,
      created: time,
      last_seen: time.nullable(),
      has_password: z.boolean(),
    }),
  ),
}) satisfies z.ZodType<Api.UserList>;

export const newUser = z.object({ name, role }) satisfies z.ZodType<Api.NewUser>;

export const newLink = z.object({
  name: z.string(),
  link: z.string(),
  expires: time,
}) satisfies z.ZodType<Api.NewLink>;

/** What an uploader is told; of a form, of its first file, with all of them in `files`. */
const storedFile = z.object({
  filepath: z.string(),
  size: bytes,
  sha256: z.string(),
  receipt,
});
export const storedUpload = storedFile.extend({
  status: z.literal('success'),
  message: z.string(),
  files: z.array(storedFile).optional(),
});

export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  request_id: z.string(),
  warning: z.string().optional(),
  faults: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
}) satisfies z.ZodType<Api.Problem>;
