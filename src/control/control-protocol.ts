import { z } from 'zod';

/**
 * What sub-commands and a running server say to each other over `control.sock`: one JSON object a line, one answer per
 * request. The socket is 0600 in a folder of 0700: who can open it is the operator.
 */
export const controlRequest = z.discriminatedUnion('op', [
  z.object({ op: z.literal('clients.ls') }),
  z.object({ op: z.literal('clients.reset'), name: z.string() }),
]);
export type ControlRequest = z.infer<typeof controlRequest>;

export const controlReply = z.union([
  z.object({ value: z.unknown() }),
  z.object({ error: z.object({ code: z.string(), message: z.string() }) }),
]);
export type ControlReply = z.infer<typeof controlReply>;
