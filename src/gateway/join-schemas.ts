import { z } from 'zod';
import { HOUR } from '../base/clock.ts';
import { LONGEST_LINE, MOST_USES } from '../transfer/fleet-lines.ts';
import type * as Api from './join-types.ts';

/** What the API takes and answers of machines that join (HTTP.md 4). */

const time = z.iso.datetime().describe('UTC');
const name = z.string().min(1).max(1000);
const MANY = `1 to ${MOST_USES.toLocaleString('en-GB')} machines`;
const fingerprint = z.string().length(43).describe('of its key: all of it');

export const joinLine = z.object({
  name: z.string(),
  write_only: z.boolean(),
  expires: time,
}) satisfies z.ZodType<Api.JoinLine>;

export const enrolment = z.object({
  name,
  write_only: z.boolean().default(false),
  expires_hours: z.number().positive().max(8760).default(24),
});

export const newJoinLine = z.object({
  name: z.string(),
  line: z.string(),
  expires: time,
}) satisfies z.ZodType<Api.NewJoinLine>;

export const joins = z.object({
  requests: z.array(
    z.object({
      name: z.string(),
      fingerprint: z.string(),
      address: z.string(),
      asked: time,
      heard: time,
      denied: time.nullable(),
      expires: time,
    }),
  ),
  join_lines: z.array(joinLine),
  fleet_lines: z.array(
    z.object({
      id: z.string(),
      pattern: z.string(),
      write_only: z.boolean(),
      uses: z.int(),
      uses_left: z.int(),
      made: time,
      expires: time,
    }),
  ),
}) satisfies z.ZodType<Api.Joins>;

export const approval = z.object({
  name,
  fingerprint,
  as: name.nullable().default(null),
  write_only: z.boolean().default(false),
});

export const approved = z.object({ name: z.string(), id: z.string() }) satisfies z.ZodType<Api.Approved>;

export const denial = z.object({ name, fingerprint }) satisfies z.ZodType<Api.Denial>;

export const fleetEnrolment = z.object({
  pattern: name,
  uses: z.int(MANY).min(1, MANY).max(MOST_USES, MANY),
  write_only: z.boolean().default(false),
  expires_hours: z
    .number()
    .positive()
    .max(LONGEST_LINE / HOUR)
    .default(24),
});

export const newFleetLine = z.object({
  id: z.string(),
  pattern: z.string(),
  uses: z.int(),
  line: z.string(),
  expires: time,
}) satisfies z.ZodType<Api.NewFleetLine>;

export const fleetLineId = z.object({ id: z.coerce.number().int().min(1) });
