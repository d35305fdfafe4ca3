import { randomBytes } from 'node:crypto';
import { type Clock, MINUTE } from '../base/clock.ts';
import { SesameError } from '../base/errors.ts';
import { AES_KEY_BYTES } from '../crypto/aes-cbc.ts';
import { newClientId } from '../crypto/client-id.ts';
import type { Sealer } from '../crypto/sealing.ts';
import type { DialectKeeper } from './dialect-keeper.ts';
import type { RequestKind } from './dialect.ts';
import type { Client, ClientDirectory, ClientKey, KeyWrapping } from './ports.ts';
import { checkClientName, clientNameKey } from './storage-path.ts';

/** How long a registered name waits for its key before it is free again (PROTOCOL.md 1.3). */
export const KEYLESS_LIFETIME = 10 * MINUTE;

export type KeyedClient = Client & { readonly key: ClientKey };

/** Who is who in v3: names, ids and keys. */
export class ClientRegistrar {
  readonly #directory: ClientDirectory;
  readonly #keys: KeyWrapping;
  readonly #sealer: Sealer;
  readonly #dialects: DialectKeeper;
  readonly #clock: Clock;

  constructor(parts: {
    directory: ClientDirectory;
    keys: KeyWrapping;
    sealer: Sealer;
    dialects: DialectKeeper;
    clock: Clock;
  }) {
    this.#directory = parts.directory;
    this.#keys = parts.keys;
    this.#sealer = parts.sealer;
    this.#dialects = parts.dialects;
    this.#clock = parts.clock;
  }

  /**
   * @returns the new client's id, 16 bytes
   * @throws `bad-path`; `name-taken`
   */
  async register(name: string): Promise<Uint8Array> {
    checkClientName(name);
    const id = newClientId();
    const now = this.#clock.now();
    const candidate = { id, name, nameKey: clientNameKey(name) };
    if (!(await this.#directory.register(candidate, now, now - KEYLESS_LIFETIME))) {
      throw new SesameError('name-taken', 'this client name is taken');
    }
    return id;
  }

  /**
   * One AES key per client: made at the first call, the same ever after.
   *
   * @returns the AES key, wrapped for this public key
   * @throws `unknown-client`; `key-changed`; `bad-key`; `busy`
   */
  async acceptKey(id: Uint8Array, publicKey: Uint8Array): Promise<Uint8Array> {
    const before = await this.#known(id);
    if (before.key) return this.#wrapAgain(before, before.key, publicKey);

    const aesKey = randomBytes(AES_KEY_BYTES);
    // Wrapping checks the key, so nothing that was refused is ever stored.
    const wrapped = await this.#keys.wrap(publicKey, aesKey);
    const key = { publicKey, sealedAesKey: this.#sealer.seal(aesKey, id) };
    const after = await this.#directory.bindKey(id, key, this.#clock.now());
    if (!after?.key) throw unknownClient();
    const weWon = Buffer.compare(after.key.sealedAesKey, key.sealedAesKey) === 0;
    return weWon ? wrapped : this.#wrapAgain(after, after.key, publicKey);
  }

  /**
   * @returns the AES key, wrapped for the public key on file
   * @throws `unknown-client`, also for one without a key: it has to register again
   */
  async reconnect(id: Uint8Array): Promise<Uint8Array> {
    const client = await this.identify(id, { type: 'other' });
    const wrapped = await this.#keys.wrap(client.key.publicKey, this.aesKeyOf(client));
    await this.#directory.startSession(client.row, this.#clock.now());
    return wrapped;
  }

  /**
   * The client that makes a request under this id, its dialect brought up to date by the fact that it makes one.
   *
   * @throws `unknown-client`; `no-key`
   */
  async identify(id: Uint8Array, request: RequestKind): Promise<KeyedClient> {
    const client = await this.#known(id);
    if (!client.key) throw new SesameError('no-key', 'this client has not sent its public key');
    return { ...client, key: client.key, dialect: await this.#dialects.observe(client, request) };
  }

  /** 16 bytes. @throws `storage-failed` when the sealed key does not open */
  aesKeyOf(client: KeyedClient): Uint8Array {
    return this.#sealer.unseal(client.key.sealedAesKey, client.id);
  }

  /** The client of this name, if it has a key: for the operator, not for the wire. */
  async findKeyed(name: string): Promise<KeyedClient | undefined> {
    const client = await this.#directory.findByName(clientNameKey(name));
    return client?.key ? { ...client, key: client.key } : undefined;
  }

  /** Names that were registered and never got a key are free; their rows go too. */
  async forgetDead(): Promise<void> {
    await this.#directory.forgetDead(this.#clock.now() - KEYLESS_LIFETIME);
  }

  async #known(id: Uint8Array): Promise<Client> {
    const client = await this.#directory.find(id);
    if (!client) throw unknownClient();
    return client;
  }

  async #wrapAgain(client: Client, key: ClientKey, publicKey: Uint8Array): Promise<Uint8Array> {
    if (Buffer.compare(key.publicKey, publicKey) !== 0) {
      throw new SesameError(
        'key-changed',
        'another public key for a client that has one; an operator can reset it',
      );
    }
    return this.#keys.wrap(publicKey, this.aesKeyOf({ ...client, key }));
  }
}

function unknownClient(): SesameError {
  return new SesameError('unknown-client', 'no client has this id');
}
