import type { Clock } from '../base/clock.ts';
import { SesameError } from '../base/errors.ts';
import { KEYLESS_LIFETIME } from '../transfer/client-registrar.ts';
import { checkClientName, clientNameKey } from '../transfer/storage-path.ts';
import type { Machine } from '../transfer/machine-ports.ts';
import { newKeyless } from './keyless.ts';
import type { TokenDirectory, TokenSummary } from './ports.ts';
import { hashOfSecret, newSecret } from './secret.ts';

/** Access tokens of clients, for scripts that speak HTTP (HTTP.md 1). */
export class AccessTokens {
  readonly #directory: TokenDirectory;
  readonly #clock: Clock;

  constructor(directory: TokenDirectory, clock: Clock) {
    this.#directory = directory;
    this.#clock = clock;
  }

  /**
   * @param options.writeOnly counts for a client that is made by this
   * @param options.lifetime ms; null for ever
   * @returns the token, which is nowhere else
   * @throws `bad-name`; `name-taken`; `revoked`
   */
  async add(
    client: string,
    { writeOnly, lifetime }: { readonly writeOnly: boolean; readonly lifetime: number | null },
  ): Promise<TokenSummary & { readonly token: string }> {
    try {
      checkClientName(client);
    } catch (cause) {
      throw new SesameError('bad-name', `"${client}" cannot be the name of a client`, { cause });
    }
    const now = this.#clock.now();
    const { text, hash } = newSecret();
    const expiresAt = lifetime === null ? null : now + lifetime;
    const owner = { ...newKeyless(), name: client, nameKey: clientNameKey(client), writeOnly };
    const added = await this.#directory.add({ hash, expiresAt }, owner, now, now - KEYLESS_LIFETIME);
    return { ...added, token: text };
  }

  /** @returns undefined for a token that there is not, or no longer */
  machineOf(token: string): Promise<Machine | undefined> {
    return this.#directory.find(hashOfSecret(token), this.#clock.now());
  }

  list(): Promise<readonly TokenSummary[]> {
    return this.#directory.list();
  }

  /** @returns whose it was. @throws `not-found` */
  async remove(row: number): Promise<string> {
    const client = await this.#directory.remove(row);
    if (client === undefined) throw new SesameError('not-found', 'there is no such access token');
    return client;
  }
}
