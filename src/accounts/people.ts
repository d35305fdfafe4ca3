import { Bounded } from '../base/bounded.ts';
import { type Clock, DAY, HOUR } from '../base/clock.ts';
import { SesameError } from '../base/errors.ts';
import { hashPassword, isOutdated, isPassword } from '../crypto/password.ts';
import { KEYLESS_LIFETIME } from '../transfer/client-registrar.ts';
import { checkClientName, clientNameKey } from '../transfer/storage-path.ts';
import type { Machine } from '../transfer/machine-ports.ts';
import { newKeyless } from './keyless.ts';
import type { PeopleDirectory, Person, Role, SignInLink } from './ports.ts';
import { hashOfSecret, newSecret } from './secret.ts';

const LINK_LIFETIME = DAY;
/** Of a session, in all and without a request. */
export const SESSION_LIFETIME = 12 * HOUR;
const SESSION_IDLE = HOUR;
/** Each takes 19 MiB, and a thread of those that files are read with: guessing must not stop the transfers. */
const CHECKS_AT_ONCE = 2;
const CHECKS_WAITING = 32;
const PASSWORD = { least: 10, most: 256 };

/** A person who is signed in, until when, and what the page must show with every change. */
export interface SignedIn {
  readonly person: Person;
  readonly csrf: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  readonly hash: Uint8Array;
}

/** People who look after the server: passwords, sign-in links and sessions (HTTP.md 1). */
export class People {
  readonly #directory: PeopleDirectory;
  readonly #clock: Clock;
  readonly #checks = new Bounded(CHECKS_AT_ONCE, CHECKS_WAITING);

  constructor(directory: PeopleDirectory, clock: Clock) {
    this.#directory = directory;
    this.#clock = clock;
  }

  list(): Promise<readonly Person[]> {
    return this.#directory.list();
  }

  /** @returns the secret of a link for the first operator; undefined where there is somebody already */
  async firstLink(): Promise<string | undefined> {
    return (await this.#directory.isEmpty()) ? await this.#newLink(null) : undefined;
  }

  /** @returns the secret of a sign-in link. @throws `bad-name`; `name-taken` */
  async add(name: string, role: Role): Promise<{ readonly link: string; readonly expiresAt: number }> {
    const nameKey = checkedKey(name);
    const person = await this.#directory.add({ name, nameKey, role }, this.#clock.now());
    return this.#linkFor(person);
  }

  /** @throws `not-found` */
  async newLink(name: string): Promise<{ readonly link: string; readonly expiresAt: number }> {
    const person = await this.#directory.find(clientNameKey(name));
    if (!person) throw noPerson(name);
    return this.#linkFor(person);
  }

  /** @throws `not-found`; `last-operator` */
  async remove(name: string): Promise<void> {
    const outcome = await this.#directory.remove(clientNameKey(name));
    if (outcome === 'unknown') throw noPerson(name);
    if (outcome === 'last-operator') {
      throw new SesameError('last-operator', 'the last operator stays: make another first');
    }
  }

  /** @throws `wrong-password` */
  async signIn(name: string, password: string): Promise<SignedIn & { readonly secret: string }> {
    const person = await this.#directory.find(clientNameKey(name));
    const kept = person?.passwordHash ?? null;
    if (!(await this.#isPassword(kept, password)) || !person || kept === null) {
      throw new SesameError('wrong-password', 'no such name and password');
    }
    if (await isOutdated(kept)) {
      await this.#directory.setPassword(person.row, await this.#hash(password), null);
    }
    return this.#startSession(person);
  }

  /** Whose link it is. @throws `wrong-password` where it is none */
  async linkOf(secret: string): Promise<SignInLink> {
    const link = await this.#directory.findLink(hashOfSecret(secret), this.#clock.now());
    return link ?? refuseLink();
  }

  /** @param name where the link does not say it. @throws `wrong-password`; `weak-password`; `bad-name` */
  async signInByLink(
    secret: string,
    name: string,
    password: string,
  ): Promise<SignedIn & { readonly secret: string }> {
    const { person } = await this.linkOf(secret);
    const chosen = person?.name ?? name;
    const nameKey = checkedKey(chosen);
    const kept = await this.#hash(checkedPassword(password));
    const now = this.#clock.now();
    const signedIn = await this.#directory.useLink(
      hashOfSecret(secret),
      { name: chosen, nameKey },
      kept,
      now,
    );
    return this.#startSession(signedIn ?? refuseLink());
  }

  /** @returns undefined for a session that there is not, or no longer */
  async session(secret: string): Promise<SignedIn | undefined> {
    const now = this.#clock.now();
    return this.#directory.findSession(hashOfSecret(secret), now, now - SESSION_IDLE);
  }

  /** Whether nobody has ended it since. */
  async isLive({ hash }: SignedIn): Promise<boolean> {
    const now = this.#clock.now();
    return (await this.#directory.findSession(hash, now, now - SESSION_IDLE)) !== undefined;
  }

  /** Other sessions of that person end. @throws `wrong-password`; `weak-password` */
  async changePassword({ person, hash }: SignedIn, old: string, wanted: string): Promise<void> {
    if (!(await this.#isPassword(person.passwordHash, old))) {
      throw new SesameError('wrong-password', 'that is not your present password');
    }
    await this.#directory.setPassword(person.row, await this.#hash(checkedPassword(wanted)), hash);
  }

  async signOut({ hash }: SignedIn): Promise<void> {
    await this.#directory.endSession(hash);
  }

  /** The client to whose space this person uploads. @throws `name-taken` */
  spaceOf({ row }: Person): Promise<Machine> {
    const now = this.#clock.now();
    return this.#directory.spaceOf(row, newKeyless(), now, now - KEYLESS_LIFETIME);
  }

  #isPassword(kept: string | null, password: string): Promise<boolean> {
    return this.#checks.run(() => isPassword(kept, password));
  }

  #hash(password: string): Promise<string> {
    return this.#checks.run(() => hashPassword(password));
  }

  async #linkFor({ row }: Person): Promise<{ link: string; expiresAt: number }> {
    return { link: await this.#newLink(row), expiresAt: this.#clock.now() + LINK_LIFETIME };
  }

  async #newLink(row: Person['row'] | null): Promise<string> {
    const { text, hash } = newSecret();
    const now = this.#clock.now();
    await this.#directory.addLink(hash, row, now + LINK_LIFETIME, now);
    return text;
  }

  async #startSession(person: Person): Promise<SignedIn & { readonly secret: string }> {
    const { text: secret, hash } = newSecret();
    const now = this.#clock.now();
    const session = { hash, csrf: newSecret().text, expiresAt: now + SESSION_LIFETIME };
    await this.#directory.startSession(person.row, session, now);
    return { person, secret, ...session };
  }
}

function checkedKey(name: string): string {
  try {
    checkClientName(name);
  } catch (cause) {
    throw new SesameError('bad-name', `"${name}" cannot be somebody's name`, { cause });
  }
  return clientNameKey(name);
}

function checkedPassword(password: string): string {
  const length = Array.from(password).length;
  if (length >= PASSWORD.least && length <= PASSWORD.most) return password;
  throw new SesameError('weak-password', `a password has ${PASSWORD.least} to ${PASSWORD.most} characters`);
}

function refuseLink(): never {
  throw new SesameError('wrong-password', 'this sign-in link is unknown, used, or expired');
}

function noPerson(name: string): SesameError {
  return new SesameError('not-found', `nobody is called "${name}": sesamed users ls shows everybody`);
}
