import { closeSync, constants, fdatasync, fsync, openSync, unlinkSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { errnoOf, toStorageError } from '../base/errors.ts';
import { releaseMemory } from '../base/memory.ts';
import { AesCbcDecryptor } from '../crypto/aes-cbc.ts';
import { ZlibCrc32 } from '../crypto/crc.ts';
import { WireCrc } from '../crypto/crc-variants.ts';
import type { DurableFile, ReceiveOptions } from '../transfer/ports.ts';
import { syncFolder } from './folders.ts';

/** Write-back starts as soon as this much is dirty, so that the last sync finds little to do. */
const WRITE_BACK_SLICE = 64 * 1024 * 1024;

const CREATE_NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

const fsyncAsync = promisify(fsync);
const fdatasyncAsync = promisify(fdatasync);

/** One v3 file being written: ciphertext in, the stored form and its checksums out. Lives in a file thread. */
export class IncomingFile {
  readonly #path: string;
  readonly #fd: number;
  readonly #form: ReceiveOptions['form'];
  readonly #decryptor: AesCbcDecryptor;
  readonly #wireCrc: WireCrc;
  readonly #storedCrc = new ZlibCrc32();
  #size = 0;
  #writtenBack = 0;
  #writeBack: Promise<void> | undefined;
  #failure: Error | undefined;
  #closed = false;

  /** @throws `storage-failed`; `disk-full` */
  constructor(path: string, options: Omit<ReceiveOptions, 'contentSize'>) {
    this.#path = path;
    this.#form = options.form;
    this.#decryptor = new AesCbcDecryptor(options.aesKey);
    this.#wireCrc = new WireCrc(options.crc);
    try {
      this.#fd = openSync(path, CREATE_NEW, 0o600);
    } catch (error) {
      throw toStorageError('cannot create a file in incoming/', error);
    }
  }

  /** @throws `storage-failed`; `disk-full`, and again at every later call: what failed once is not tried again */
  write(ciphertext: Uint8Array): void {
    this.#throwIfFailed();
    this.#wireCrc.updateCiphertext(ciphertext);
    const plaintext = this.#decryptor.update(ciphertext);
    this.#takePlaintext(plaintext);
    if (this.#form === 'ciphertext') this.#append(ciphertext);
    releaseMemory(plaintext);
    this.#startWriteBack();
  }

  /** @throws `bad-ciphertext`; `storage-failed`; `disk-full` */
  async finish(): Promise<Omit<DurableFile, 'temporaryName'>> {
    this.#throwIfFailed();
    this.#takePlaintext(this.#decryptor.finish());
    await this.#writeBack;
    this.#throwIfFailed();
    try {
      await fsyncAsync(this.#fd);
      this.#close();
      await syncFolder(dirname(this.#path));
    } catch (error) {
      throw this.#fail(error);
    }
    return { size: this.#size, crc32: this.#storedCrc.digest(), wireCrc: this.#wireCrc.toWire() };
  }

  /** Removes what was written. */
  async discard(): Promise<void> {
    await this.#writeBack;
    this.#close();
    try {
      unlinkSync(this.#path);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw toStorageError('cannot remove a file from incoming/', error);
    }
  }

  #takePlaintext(plaintext: Uint8Array): void {
    this.#wireCrc.updatePlaintext(plaintext);
    if (this.#form === 'plaintext') this.#append(plaintext);
  }

  #append(bytes: Uint8Array): void {
    try {
      for (let done = 0; done < bytes.byteLength;) {
        done += writeSync(this.#fd, bytes, done, bytes.byteLength - done);
      }
    } catch (error) {
      throw this.#fail(error);
    }
    this.#storedCrc.update(bytes);
    this.#size += bytes.byteLength;
  }

  #startWriteBack(): void {
    if (this.#writeBack || this.#size - this.#writtenBack < WRITE_BACK_SLICE) return;
    this.#writtenBack = this.#size;
    this.#writeBack = fdatasyncAsync(this.#fd).then(
      () => {
        this.#writeBack = undefined;
      },
      (error: unknown) => {
        this.#fail(error);
      },
    );
  }

  #throwIfFailed(): void {
    if (this.#failure) throw this.#failure;
  }

  #fail(error: unknown): Error {
    this.#failure ??= toStorageError('cannot write to incoming/', error);
    return this.#failure;
  }

  #close(): void {
    if (this.#closed) return;
    // Before, not behind: after a close that failed, the number may be another file's.
    this.#closed = true;
    closeSync(this.#fd);
  }
}
