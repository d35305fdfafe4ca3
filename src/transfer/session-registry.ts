import type { SesameError } from '../base/errors.ts';
import type { RowId } from './ports.ts';
import { clientNameKey } from './storage-path.ts';

/** A live connection of a client. */
export interface LiveSession {
  readonly clientName: string;
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

  /** By name: the guard knows no rows. */
  endAllNamed(clientName: string, why: SesameError): void {
    for (const sessions of this.#byClient.values()) {
      for (const session of sessions)
        if (clientNameKey(session.clientName) === clientNameKey(clientName)) session.end(why);
    }
  }

  endAllOf(client: RowId, why: SesameError): void {
    for (const session of this.#byClient.get(client) ?? []) session.end(why);
  }
}
