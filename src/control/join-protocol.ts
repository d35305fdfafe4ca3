import { z } from 'zod';
import { LONGEST_LINE, MOST_USES } from '../transfer/fleet-lines.ts';

/** Which machine: its name, and all of its fingerprint. */
const which = { name: z.string(), fingerprint: z.string() };

/** What control.sock takes about machines that ask to join, and about join lines. */
export const joinRequests = [
  z.object({ op: z.literal('joins.ls') }),
  z.object({
    op: z.literal('joins.approve'),
    ...which,
    /** Another name than it asks for. */
    as: z.string().nullable(),
    writeOnly: z.boolean(),
  }),
  z.object({ op: z.literal('joins.deny'), ...which }),
  z.object({
    op: z.literal('joins.enroll'),
    pattern: z.string(),
    uses: z.number().int().min(1).max(MOST_USES),
    writeOnly: z.boolean(),
    /** Milliseconds. */
    lifetime: z.number().positive().max(LONGEST_LINE),
    /** What the line is to name; null for what the server knows of itself. */
    address: z.string().nullable(),
  }),
  /** `fleet:N`, or the name that a line of one machine is for. */
  z.object({ op: z.literal('joins.rm'), id: z.string() }),
  /** Also revokes who joined by it. `fleet:N`. */
  z.object({ op: z.literal('joins.revoke'), id: z.string() }),
] as const;
