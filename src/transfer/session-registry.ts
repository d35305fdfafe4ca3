import type { SesameError } from '../base/errors.ts';
import type { RowId } from './ports.ts';

/** A live connection of a client. */
export interface LiveSession {
  /** Ends it at once, telling the client why. */
  end(why: SesameError): void;
}

/** The live sessions of each client, so that a revocation ends them. */
export class SessionRegistry {
  readonly #byClient = new Map<RowId, Set<LiveSession>>();

  add(client: RowId, session: LiveSession): void {
    const sessions = this.#byClient.get(client) ?? new Set();
    this.#byClient.set(client, sessions.add(session));
  }

  remove(client: RowId, session: LiveSession): void {
    const sessions = this.#byClient.get(client);
    sessions?.delete(session);
    if (sessions?.size === 0) this.#byClient.delete(client);
  }

  isLive(client: RowId): boolean {
    return this.#byClient.has(client);
  }

  endAllOf(client: RowId, why: SesameError): void {
    for (const session of this.#byClient.get(client) ?? []) session.end(why);
  }
}
