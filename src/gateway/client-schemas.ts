import { z } from 'zod';
import type * as Api from './client-types.ts';
import { joinLine } from './join-schemas.ts';

/** What the API takes and answers of clients and their access tokens (HTTP.md 4). */

const time = z.iso.datetime().describe('UTC');
const bytes = z.int().min(0).describe('bytes');
const name = z.string().min(1).max(1000);

export const client = z.object({
  name: z.string(),
  id: z.string(),
  protocol: z.union([z.literal(3), z.literal(4), z.literal('http')]),
  state: z.enum(['joined', 'revoked', 'keyed', 'registered']),
  registered: time,
  last_seen: time.nullable(),
  connected: z.boolean(),
  write_only: z.boolean(),
  dialect: z.string().nullable(),
  receipts: z.int(),
  files: z.int(),
  bytes,
  watch: z
    .object({
      files: z.int(),
      bytes,
      failing: z.int(),
      oldest: time.nullable(),
      why: z.string(),
      reported: time,
    })
    .nullable(),
  joined_by: z.string().nullable().describe('id of its fleet line'),
  quota_bytes: bytes.nullable(),
  quota_files: z.int().nullable(),
}) satisfies z.ZodType<Api.Client>;

export const clientList = z.object({
  clients: z.array(client),
  join_lines: z.array(joinLine),
}) satisfies z.ZodType<Api.ClientList>;

export const tokenList = z.object({
  tokens: z.array(
    z.object({
      id: z.string(),
      client: z.string(),
      created: time,
      last_used: time.nullable(),
      expires: time.nullable(),
    }),
  ),
}) satisfies z.ZodType<Api.TokenList>;

export const tokenRequest = z.object({
  client: name,
  write_only: z.boolean().default(false),
  expires_days: z.number().positive().max(3650).nullable().default(null),
});

export const newToken = z.object({
  id: z.string(),
  client: z.string(),
  token: z.string(),
  expires: time.nullable(),
}) satisfies z.ZodType<Api.NewToken>;

export const tokenId = z.object({ id: z.coerce.number().int().min(1) });
