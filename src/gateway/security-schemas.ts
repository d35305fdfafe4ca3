import { z } from 'zod';
import { SECOND } from '../base/clock.ts';
import { LONGEST_OPENING } from '../gate/gate-desk.ts';
import { LONGEST_REASON } from '../guard/guard-desk.ts';
import { LONGEST_BLOCK } from '../guard/suspect-row.ts';
import type * as Api from './security-types.ts';

/** What the API takes and answers of the guard and the gate (HTTP.md 4). */

const seconds = z.int().min(0).describe('seconds');
const who = z.string().min(1).max(1000).describe('an address, an IPv6 /64, client:NAME or user:NAME');

const suspect = z.object({
  who: z.string(),
  state: z.enum(['noted', 'warned', 'blocked']),
  score: z.number(),
  seconds_left: seconds.nullable(),
  by: z.enum(['score', 'operator']).nullable(),
  reason: z.string().nullable(),
  blocks: z.int().min(0).describe('by score'),
}) satisfies z.ZodType<Api.Suspect>;

export const opening = z.object({
  address: z.string(),
  by: z.string(),
  since: z.iso.datetime().describe('UTC'),
  seconds_left: seconds,
}) satisfies z.ZodType<Api.Opening>;

export const security = z.object({
  guard: z.object({
    state: z.enum(['on', 'off']),
    rules: z.object({
      warn_at: z.number(),
      block_at: z.number(),
      half_life: z.number(),
      block_time: z.number(),
      max_block_time: z.number(),
    }),
    tracked: z.int(),
    blocked: z.int(),
    entries: z.array(suspect),
    more: z.boolean(),
  }),
  gate: z.object({
    state: z.enum(['off', 'shut']),
    driver: z.string().nullable(),
    fault: z.string().nullable(),
    port: z.int().nullable(),
    open_time: z.number(),
    open: z.array(opening),
  }),
}) satisfies z.ZodType<Api.Security>;

export const blockRequest = z.object({
  who,
  seconds: z
    .int()
    .min(1)
    .max(LONGEST_BLOCK / SECOND),
  reason: z.string().max(LONGEST_REASON).nullable().default(null),
});

export const newBlock = z.object({
  who: z.string(),
  seconds_left: seconds,
}) satisfies z.ZodType<Api.NewBlock>;

export const blockQuery = z.object({ who });

export const newPin = z.object({ pin: z.string() }) satisfies z.ZodType<Api.NewPin>;

const address = z.string().min(1).max(100);

export const openRequest = z.object({
  address,
  seconds: z
    .int()
    .min(1)
    .max(LONGEST_OPENING / SECOND)
    .nullable()
    .default(null),
});

export const openQuery = z.object({ address });
