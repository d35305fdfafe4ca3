// Trees of files that look random and are the same for the same seed.
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { seededRandom } from '../support/seeded-random.ts';
import { sampleBytes } from '../support/native-client.ts';

/** SHA-256 in hex by path, which begins with the name of the tree. */
export type Hashes = ReadonlyMap<string, string>;

const KIB = 1024;
/** What a file may do that another does not: it is empty, fits in one frame, just does not, or takes many. */
const SIZES = [0, 1, 100, 4 * KIB, 64 * KIB - 1, 64 * KIB, 64 * KIB + 1, 256 * KIB + 1];
const WORDS = [
  'a',
  'Überweisung',
  '日本語',
  'with space',
  'naïve café',
  '🗂',
  '-n',
  '.hidden',
  "it's",
  'x\ny',
];
const LONGEST_NAME = 255;

export interface TreeShape {
  readonly seed: number;
  readonly files: number;
  /** Files of several MiB. */
  readonly large: number;
}

/** Writes a tree called `name` into `folder`. */
export async function writeRandomTree(folder: string, name: string, shape: TreeShape): Promise<Hashes> {
  const random = seededRandom(shape.seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const hashes = new Map<string, string>();
  for (let i = 0; i < shape.files + shape.large; i++) {
    const size =
      i < shape.files
        ? (SIZES[below(SIZES.length + 1)] ?? below(200 * KIB))
        : (1 + below(4000)) * KIB + below(9);
    const path = join(name, ...randomPath(below, i));
    const content = sampleBytes(size, shape.seed * 100_003 + i);
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
    hashes.set(path, createHash('sha256').update(content).digest('hex'));
  }
  return hashes;
}

/** The number keeps each path apart from the others. */
function randomPath(below: (limit: number) => number, number: number): string[] {
  const folders = Array.from({ length: below(4) }, () => `${WORDS[below(WORDS.length)] ?? ''} ${below(3)}`);
  const name = `${number} ${WORDS[below(WORDS.length)] ?? ''}`;
  return [
    ...folders,
    below(15) === 0 ? name.padEnd(LONGEST_NAME - Buffer.byteLength(name) + name.length, '~') : name,
  ];
}
