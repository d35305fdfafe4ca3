// `sesamed decrypt` and `sesame decrypt`: what `--encrypt` stored, turned back.
import { createDecipheriv } from 'node:crypto';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sampleBytes, SESAME } from '../support/native-client.ts';
import { Program, type Ending } from '../support/program.ts';
import { TemporaryFolder } from '../support/running-server.ts';
import { sesamed } from '../support/sesamed.ts';
import { filesBelow } from '../support/stored-files.ts';
import { typeAt } from '../support/terminal.ts';
import { encrypt } from '../support/v3-cryptography.ts';

type Decrypt = (args: readonly string[], input?: string) => Promise<Ending>;

const PROGRAMS: readonly (readonly [string, Decrypt])[] = [
  ['sesamed', (args, input = '') => sesamed(['decrypt', ...args], { input })],
  ['sesame', (args, input = '') => Program.run(SESAME, ['decrypt', ...args], { input })],
];
const KEY = 'dd73379622c502005add84ce28423aa0';
const FILES = new Map(
  ['empty', '15', 'a/16', 'a/deep/large', 'Größe'].map((name, i) => [
    name,
    sampleBytes([0, 15, 16, 3_000_000, 99][i] ?? 0, i),
  ]),
);

/** A folder with ciphertexts of `FILES` in `stored/`, `key` and, for the plaintext, `out/` that is not there yet. */
class Store implements AsyncDisposable {
  readonly #folder: TemporaryFolder;

  private constructor(folder: TemporaryFolder) {
    this.#folder = folder;
  }

  static async create(): Promise<Store> {
    const store = new Store(await TemporaryFolder.create());
    for (const [name, content] of FILES) {
      await store.write(`stored/${name}`, encrypt(Buffer.from(KEY, 'hex'), content));
    }
    await store.write('key', `${KEY}\n`);
    return store;
  }

  at(name: string): string {
    return join(this.#folder.path, name);
  }

  async write(name: string, content: string | Uint8Array): Promise<void> {
    await mkdir(dirname(this.at(name)), { recursive: true });
    await writeFile(this.at(name), content);
  }

  /** The arguments for all of it. */
  args(key = this.at('key')): string[] {
    return ['--key-file', key, this.at('stored'), '--out', this.at('out')];
  }

  async isWhole(): Promise<boolean> {
    const found = await filesBelow(this.at('out'));
    const contents = await Promise.all([...FILES.keys()].map((name) => readFile(this.at(`out/${name}`))));
    return (
      found.length === FILES.size && [...FILES.values()].every((content, i) => contents[i]?.equals(content))
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#folder[Symbol.asyncDispose]();
  }
}

/** A key under which none of the ciphertexts has the right padding: one in 256 has it by chance. */
function wrongKey(): string {
  for (let attempt = 0; ; attempt++) {
    const key = sampleBytes(16, attempt);
    const fits = [...FILES.values()].some((content) => {
      const cipher = createDecipheriv('aes-128-cbc', key, Buffer.alloc(16));
      try {
        cipher.update(encrypt(Buffer.from(KEY, 'hex'), content));
        return cipher.final().length >= 0;
      } catch {
        return false;
      }
    });
    if (!fits) return key.toString('hex');
  }
}

describe.for(PROGRAMS)('%s decrypt', ([, decrypt]) => {
  test('a folder: the same structure, 0600, byte for byte', async () => {
    await using store = await Store.create();
    const { code, stdout, stderr } = await decrypt(store.args());
    expect(code, stderr).toBe(0);
    expect(stdout).toBe('');
    expect(await store.isWhole()).toBe(true);
    expect((await stat(store.at('out/empty'))).mode & 0o777).toBe(0o600);
  });

  test('one file, into a folder that is not there yet', async () => {
    await using store = await Store.create();
    const args = ['--key-file', store.at('key'), store.at('stored/a/16'), '--out', store.at('new/out')];
    expect((await decrypt(args)).code).toBe(0);
    expect(await readFile(store.at('new/out/16'))).toEqual(FILES.get('a/16'));
  });

  test.for([KEY, `${KEY.toUpperCase()}\r\n`])('the key from stdin: %j', async (input) => {
    await using store = await Store.create();
    expect((await decrypt(store.args('-'), input)).code).toBe(0);
    expect(await store.isWhole()).toBe(true);
  });

  test('a key that is none: exit code 2, nothing in OUT', async () => {
    await using store = await Store.create();
    const none = ['', KEY.slice(1), `${KEY}0`, KEY.replace('d', 'g'), 'x'.repeat(5000)];
    const endings = none.map(async (text, i) => {
      await store.write(`key ${i}`, text);
      return await decrypt(store.args(store.at(`key ${i}`)));
    });
    endings.push(decrypt(store.args('-'), KEY.slice(1)));
    for (const { code, stderr } of await Promise.all(endings)) {
      expect(code, stderr).toBe(2);
      expect(stderr).not.toContain(KEY.slice(1, 9));
    }
    expect(await filesBelow(store.at('out'))).toEqual([]);
  });

  test('no key file, or nothing to decrypt: exit code 3', async () => {
    await using store = await Store.create();
    expect((await decrypt(store.args(store.at('nowhere')))).code).toBe(3);
    expect(
      (await decrypt(['--key-file', store.at('key'), store.at('no'), '--out', store.at('out')])).code,
    ).toBe(3);
  });

  test('the wrong key: exit code 23, and nothing is left in OUT', async () => {
    await using store = await Store.create();
    const { code, stderr } = await decrypt(store.args('-'), wrongKey());
    expect(code).toBe(23);
    expect(stderr).toMatch(/key/);
    expect(await filesBelow(store.at('out'))).toEqual([]);
  });

  test('one damaged file among others: exit code 23, and the others are there', async () => {
    await using store = await Store.create();
    await store.write('stored/damaged', Buffer.alloc(33));
    const { code, stderr } = await decrypt(store.args());
    expect(code).toBe(23);
    expect(stderr).toContain('damaged');
    expect(await store.isWhole()).toBe(true);
  });

  test('what is there already is kept, without --force', async () => {
    await using store = await Store.create();
    await store.write('out/15', 'mine');
    const kept = await decrypt(store.args());
    expect(kept.code).toBe(23);
    expect(kept.stderr).toContain('--force');
    expect(await readFile(store.at('out/15'), 'utf8')).toBe('mine');
    expect((await decrypt([...store.args(), '--force'])).code).toBe(0);
    expect(await store.isWhole()).toBe(true);
  });
});

describe('sesame decrypt at a terminal', () => {
  const args = (store: Store): string[] => [SESAME, 'decrypt', store.at('stored'), '--out', store.at('out')];

  // What is typed right behind the prompt must neither be echoed nor be lost. Which of the two is faster is not the
  // same every time.
  test.for([1, 2, 3, 4])('asks for the key, which is never to be seen: time %d', async () => {
    await using store = await Store.create();
    const { shown, code, echoes } = await typeAt('32 hex digits', `${KEY}\n`, args(store));
    expect(shown).not.toContain(KEY.slice(0, 4));
    expect(code, shown).toBe(0);
    expect(echoes, 'as it was before').toBe(true);
    expect(await store.isWhole()).toBe(true);
  });

  test.for([1, 2, 3, 4])(
    'ended by Ctrl-C at the prompt: exit code 130, and the terminal echoes again: time %d',
    async () => {
      await using store = await Store.create();
      const { code, echoes } = await typeAt('32 hex digits', '\x03', args(store));
      expect(code).toBe(130);
      expect(echoes).toBe(true);
      expect(await filesBelow(store.at('out'))).toEqual([]);
    },
  );
});
