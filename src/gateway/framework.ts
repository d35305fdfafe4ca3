/** What our hooks and routes add to the framework's own types. */
import type { Audience, Caller } from './caller.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; undefined until that is known, and for strangers. */
    caller: Caller | undefined;
    /** Where it comes from, noted while the connection is there. */
    address: string;
  }

  interface FastifyContextConfig {
    /** Whom the route is for; without it, anybody. */
    audience?: Audience;
    /** A route that is over at once, or goes on for ever, waits in no row. */
    takesNoTurn?: boolean;
    /** For who is blocked, too: the way back in. */
    recovers?: boolean;
  }
}
