import { z } from 'zod';

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
  z.object({ op: z.literal('files.find'), client: z.string(), path: z.string() }),
]);
export type ControlRequest = z.infer<typeof controlRequest>;

export const controlReply = z.union([
  z.object({ value: z.unknown() }),
  z.object({ error: z.object({ code: z.string(), message: z.string() }) }),
]);
export type ControlReply = z.infer<typeof controlReply>;
