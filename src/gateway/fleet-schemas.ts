import { z } from 'zod';
import type * as Api from './fleet-types.ts';

/** What the API takes and answers of policies and quotas (HTTP.md 4). */

const WHOLE = 'a whole number, or none';
const SLOWEST = 'at least 1K a second, or none';
const amount = z
  .union([z.literal('none'), z.int(WHOLE).min(0, WHOLE)], WHOLE)
  .nullable()
  .describe('none: no limit; null: the policy says nothing of it');
const rate = z.union([z.literal('none'), z.int(WHOLE).min(1024, SLOWEST)], SLOWEST).nullable();
const conflict = z.enum(['replace', 'version', 'refuse']);
const pattern = z
  .string()
  .min(1)
  .max(1000)
  .describe('a client name, in which * stands for any characters and ? for one');
const origin = z.enum(['operator', 'file']);

const fields = z.object({
  max_bytes: amount,
  max_files: amount,
  max_file: amount,
  max_rate: rate.describe('bytes a second'),
  write_only: z.boolean().nullable(),
  append_only: z.boolean().nullable(),
  conflict: conflict.nullable(),
}) satisfies z.ZodType<Api.PolicyFields>;

export const listedPolicy = fields.extend({ pattern, origin }) satisfies z.ZodType<Api.ListedPolicy>;

export const policyList = z.object({
  policies: z.array(listedPolicy.extend({ clients: z.int().nullable() })),
}) satisfies z.ZodType<Api.PolicyList>;

export const policyChange = z.strictObject({ pattern, ...fields.partial().shape });

export const policyQuery = z.object({ pattern });

export const matchingClients = z.object({
  total: z.int(),
  names: z.array(z.string()),
}) satisfies z.ZodType<Api.MatchingClients>;

const held = <T extends z.ZodType>(value: T) =>
  z.object({ value, pattern: z.string().nullable(), origin: origin.nullable() });
const limit = held(z.int().min(0).nullable().describe('null: no limit'));

export const clientPolicy = z.object({
  name: z.string(),
  max_bytes: limit,
  max_files: limit,
  max_file: limit,
  max_rate: limit,
  write_only: held(z.boolean().nullable().describe('null: as it joined')),
  append_only: held(z.boolean()),
  conflict: held(conflict),
  files: z.int(),
  bytes: z.number(),
  claimed_files: z.int(),
  claimed_bytes: z.number(),
}) satisfies z.ZodType<Api.ClientPolicy>;

export const clientQuery = z.object({ name: z.string().min(1).max(1000) });
