import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
} from 'node:fs';
import { constants, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { errnoOf, messageOf, SesameError } from '../base/errors.ts';
import { KNOCK_KEY_BYTES } from '../crypto/knock-key.ts';
import { newReceiptKey, parseReceiptKey } from '../crypto/receipt-key.ts';
import { newServerIdentity, newWebIdentity } from '../crypto/server-certificate.ts';
import { SEAL_KEY_BYTES } from '../crypto/sealing.ts';
import { syncFolder } from './folders.ts';

/**
 * The folder that holds everything a server keeps. Opened by one process at a time; 0700, owned by who serves: nobody
 * else can plant a link, a device or a file in it.
 */
export class DataFolder implements Disposable {
  readonly path: string;
  readonly #lock: Disposable;

  /** @throws `data-folder`; `data-folder-in-use` */
  constructor(path: string) {
    this.path = resolve(path);
    ensurePrivateFolder(this.path);
    for (const folder of [this.files, this.incoming, this.journal, this.keys]) ensurePrivateFolder(folder);
    this.#lock = lockFolder(this.path);
  }

  get database(): string {
    return join(this.path, DATABASE_FILE);
  }

  get files(): string {
    return join(this.path, 'files');
  }

  get incoming(): string {
    return join(this.path, 'incoming');
  }

  get keys(): string {
    return join(this.path, 'keys');
  }

  /** The write-ahead journal for small files. */
  get journal(): string {
    return join(this.path, 'journal');
  }

  /**
   * The key under which clients' AES keys are sealed: 32 bytes, mode 0600, made at the first start.
   *
   * @throws `data-folder` when it is not whole, or others can read it
   */
  async sealKey(): Promise<Uint8Array> {
    return this.#secretFile('seal.key', SEAL_KEY_BYTES);
  }

  /**
   * What the knock keys of clients are made of: 32 bytes, mode 0600, made at the first start. Replaced, every client needs a
   * new key.
   *
   * @throws `data-folder` when it is not whole, or others can read it
   */
  async knockSecret(): Promise<Uint8Array> {
    return this.#secretFile('knock.key', KNOCK_KEY_BYTES);
  }

  /**
   * The key under which receipts are signed: Ed25519 as PKCS#8 PEM, mode 0600, made at the first start.
   *
   * @throws `data-folder` when it is no such key, or others can read it
   */
  async receiptKey(): Promise<string> {
    const bytes = await this.#keyFile('receipt.key', () => Buffer.from(newReceiptKey()));
    const pem = Buffer.from(bytes).toString('utf8');
    try {
      parseReceiptKey(pem);
    } catch (cause) {
      const path = join(this.keys, 'receipt.key');
      throw new SesameError('data-folder', `${path} is no Ed25519 key: restore it`, { cause });
    }
    return pem;
  }

  /**
   * Key and certificate that v4 shows to clients, PEM: made at the first start. Clients pin the key, so losing it is losing
   * them.
   *
   * @throws `data-folder` when it is not whole, or others can read it
   */
  async serverIdentity(): Promise<string> {
    const bytes = await this.#keyFile('server.pem', async () => Buffer.from(await newServerIdentity()));
    return Buffer.from(bytes).toString('utf8');
  }

  /** Key and certificate for HTTPS, PEM: made when they are first wanted. @param names by which browsers ask for it */
  async webIdentity(names: readonly string[]): Promise<string> {
    const bytes = await this.#keyFile('http.pem', async () => Buffer.from(await newWebIdentity(names)));
    return Buffer.from(bytes).toString('utf8');
  }

  /** Random bytes, made where there are none. */
  async #secretFile(name: string, bytes: number): Promise<Uint8Array> {
    const key = await this.#keyFile(name, () => randomBytes(bytes));
    if (key.byteLength !== bytes) {
      const path = join(this.keys, name);
      throw new SesameError('data-folder', `${path} has ${key.byteLength} bytes, not ${bytes}: restore it`);
    }
    return key;
  }

  async #keyFile(name: string, make: () => Uint8Array | Promise<Uint8Array>): Promise<Uint8Array> {
    const path = join(this.keys, name);
    const made = await makeKeyFile(path, make);
    if (made) {
      await syncFolder(this.keys);
      return made;
    }
    if ((lstatSync(path).mode & 0o077) !== 0) {
      throw new SesameError('data-folder', `${path} is open to others: run chmod 600 ${path}`);
    }
    return readFile(path);
  }

  [Symbol.dispose](): void {
    this.#lock[Symbol.dispose]();
  }
}

/** In the data folder: where it is, a server has been. */
export const DATABASE_FILE = 'sesame.db';

const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** The control socket of the server that has this folder. */
export function controlSocketPath(dataFolder: string): string {
  return join(resolve(dataFolder), 'control.sock');
}

function ensurePrivateFolder(path: string): void {
  try {
    const made = mkdirSync(path, { recursive: true, mode: 0o700 });
    if (made !== undefined) syncNames(dirname(made), path);
    const stat = lstatSync(path);
    if (!stat.isDirectory())
      throw new SesameError('data-folder', `${path} is not a folder (a link is not taken)`);
    const uid = process.getuid?.();
    if (uid !== undefined && stat.uid !== uid) {
      throw new SesameError('data-folder', `${path} belongs to user ${stat.uid}, not to who serves (${uid})`);
    }
    if ((stat.mode & 0o077) === 0) return;
    // Nothing can have been planted in a folder that is empty.
    if (readdirSync(path).length > 0) {
      throw new SesameError(
        'data-folder',
        `${path} is open to others: check what is in it, then run chmod 700 ${path}`,
      );
    }
    chmodSync(path, 0o700);
  } catch (error) {
    if (error instanceof SesameError) throw error;
    throw new SesameError('data-folder', `cannot use ${path}: ${messageOf(error)}`, { cause: error });
  }
}

/** Makes the names of new folders durable: in `from`, and in every folder on the way down to `to`. */
function syncNames(from: string, to: string): void {
  for (let folder = dirname(to); folder.length >= from.length; folder = dirname(folder)) {
    const fd = openSync(folder, 'r');
    fsyncSync(fd);
    closeSync(fd);
    if (folder === dirname(folder)) break;
  }
}

/** An SQLite lock, because the kernel takes it back however the process ends. */
function lockFolder(path: string): Disposable {
  const db = new SqliteDatabase(join(path, 'serving.lock'), { timeout: 0 });
  try {
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    if (errnoOf(error) !== 'SQLITE_BUSY') throw error;
    throw new SesameError(
      'data-folder-in-use',
      `another sesamed uses ${path}: stop it, or give another --data-dir`,
      {
        cause: error,
      },
    );
  }
  return {
    [Symbol.dispose]: () => {
      db.close();
    },
  };
}

/**
 * Under another name first: a crash half-way must not leave a key file that is no key.
 *
 * @returns the new key, or undefined when there is one already
 */
async function makeKeyFile(
  path: string,
  make: () => Uint8Array | Promise<Uint8Array>,
): Promise<Uint8Array | undefined> {
  if (existsSync(path)) return undefined;
  const key = await make();
  const temporary = `${path}.new`;
  await rm(temporary, { force: true });
  const file = await open(temporary, NEW_FILE, 0o600);
  try {
    await file.writeFile(key);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  return key;
}
