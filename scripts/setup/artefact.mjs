import { createHash } from 'node:crypto';
import {
  existsSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { root } from './paths.mjs';

/**
 * Something that is made from files of the project, and remembers from which.
 *
 * Contents are compared and not times: a fresh checkout, a copy and an older branch all have times that say
 * nothing, and a deleted file has none. Hashing a few hundred sources takes some ten milliseconds.
 *
 * @param {string} product  what must exist once it is made
 * @param {string} stamp    where the fingerprint of the inputs is kept: inside the folder that is made, so that
 *                          both are deleted together
 * @param {string[]} inputs files and folders it is made from
 */
export function artefact({ product, stamp, inputs }) {
  return {
    isCurrent: () =>
      existsSync(product) && existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint(inputs),

    /** Runs `make`. What changes while it runs counts as changed afterwards; a failure leaves no stamp. */
    async make(make) {
      const before = fingerprint(inputs);
      rmSync(stamp, { force: true });
      await make();
      writeFileSync(stamp, before);
    },
  };
}

/**
 * Deletes a CMake build folder that cannot be built in again: CMake refuses one that was configured for another place
 * (a copied tree) or for another generator, and one where configuring never came to its end stays broken.
 */
export function dropForeignCMakeFolder(folder) {
  const cache = join(folder, 'CMakeCache.txt');
  if (!existsSync(cache)) return;
  const home = /^CMAKE_HOME_DIRECTORY:INTERNAL=(.*)$/m.exec(readFileSync(cache, 'utf8'))?.[1];
  const isOurs = home !== undefined && existsSync(home) && realpathSync(home) === realpathSync(root);
  const isConfigured = existsSync(join(folder, 'build.ninja'));
  if (!isOurs || !isConfigured) rmSync(folder, { recursive: true });
}

function fingerprint(inputs) {
  const hash = createHash('sha256');
  for (const file of inputs.flatMap(filesBelow)) {
    const content = readFileSync(file);
    hash.update(`${relative(root, file)}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** The files of a folder in a fixed order, the path itself if it is a file, nothing if it does not exist. */
function filesBelow(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return [];
  if (!stat.isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesBelow(join(path, name)));
}
