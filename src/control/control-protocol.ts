import { z } from 'zod';
import { LONGEST_OPENING } from '../gate/gate-desk.ts';
import { LONGEST_REASON } from '../guard/guard-desk.ts';
import { LONGEST_BLOCK } from '../guard/suspect-row.ts';
import { joinRequests } from './join-protocol.ts';

/**
 * What sub-commands and a running server say to each other over `control.sock`: one JSON object a line, one answer per
 * request. The socket is 0600 in a folder of 0700: who can open it is the operator.
 */
export const controlRequest = z.discriminatedUnion('op', [
  z.object({ op: z.literal('clients.ls') }),
  z.object({ op: z.literal('clients.reset'), name: z.string() }),
  z.object({ op: z.literal('clients.revoke'), name: z.string() }),
  z.object({
    op: z.literal('enroll'),
    name: z.string(),
    writeOnly: z.boolean(),
    /** Milliseconds. */
    lifetime: z.number().positive(),
    /** What the line is to name; null for what the server knows of itself. */
    address: z.string().nullable(),
  }),
  z.object({
    op: z.literal('files.ls'),
    /** Null for all clients. */
    client: z.string().nullable(),
    /** A file or folder; empty for all. */
    path: z.string(),
    after: z.object({ client: z.string(), path: z.string() }).nullable(),
    limit: z.number().int().min(1).max(1000),
  }),
  z.object({ op: z.literal('server.info') }),
  z.object({
    op: z.literal('receipts.ls'),
    client: z.string(),
    /** A sequence number. */
    after: z.number().int().min(0),
    limit: z.number().int().min(1).max(1000),
  }),
  z.object({ op: z.literal('users.ls') }),
  z.object({ op: z.literal('users.add'), name: z.string(), role: z.enum(['viewer', 'operator']) }),
  z.object({ op: z.literal('users.link'), name: z.string() }),
  z.object({ op: z.literal('users.rm'), name: z.string() }),
  z.object({ op: z.literal('tokens.ls') }),
  z.object({
    op: z.literal('tokens.add'),
    client: z.string(),
    /** For a client that is made by this. */
    writeOnly: z.boolean(),
    /** Milliseconds; null for ever. */
    lifetime: z.number().positive().nullable(),
  }),
  z.object({ op: z.literal('tokens.rm'), id: z.number().int().min(1) }),
  z.object({
    op: z.literal('audit.ls'),
    /** A sequence number; null for the newest. */
    before: z.number().int().min(1).nullable(),
    limit: z.number().int().min(1).max(200),
    search: z.string(),
  }),
  z.object({ op: z.literal('guard.ls') }),
  z.object({
    op: z.literal('guard.block'),
    who: z.string(),
    /** Milliseconds. */
    time: z.number().positive().max(LONGEST_BLOCK),
    reason: z.string().max(LONGEST_REASON).nullable(),
  }),
  z.object({ op: z.literal('guard.unblock'), who: z.string() }),
  z.object({ op: z.literal('guard.pin') }),
  z.object({ op: z.literal('gate.ls') }),
  z.object({
    op: z.literal('gate.open'),
    address: z.string(),
    /** Milliseconds; null for as long as a knock opens. */
    time: z.number().min(1000).max(LONGEST_OPENING).nullable(),
  }),
  z.object({ op: z.literal('gate.close'), address: z.string() }),
  ...joinRequests,
  z.object({ op: z.literal('files.find'), client: z.string(), path: z.string() }),
]);
export type ControlRequest = z.infer<typeof controlRequest>;

export const controlReply = z.union([
  z.object({ value: z.unknown() }),
  z.object({ error: z.object({ code: z.string(), message: z.string() }) }),
]);
export type ControlReply = z.infer<typeof controlReply>;
