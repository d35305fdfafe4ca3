import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { artefact, dropForeignCMakeFolder } from './artefact.mjs';
import { run } from './command.mjs';
import { installPackages, missingPackages } from './debian.mjs';
import { at, machinePath } from './paths.mjs';

/**
 * A step says what it does, whether there is anything to do, and does it.
 *
 * @typedef {{ title: string, isCurrent: () => boolean, run: () => Promise<void> }} Step
 */

const environment = {
  ...process.env,
  PATH: machinePath(),
  CMAKE_BUILD_PARALLEL_LEVEL: process.env.CMAKE_BUILD_PARALLEL_LEVEL ?? String(availableParallelism()),
};

const npm = (...args) => run(['npm', ...args], { env: environment });

/** @returns {Step} */
export function npmPackages() {
  const packages = artefact({
    product: at('node_modules', '.package-lock.json'),
    stamp: at('node_modules', '.sesame-setup'),
    inputs: [at('package-lock.json')],
  });
  return {
    title: 'Installing npm packages (about 20 seconds)',
    isCurrent: packages.isCurrent,
    run: () =>
      packages.make(async () => {
        // Only one install script is wanted: that of the package `node`, which fetches the pinned Node. Left alone,
        // npm would also call node-gyp (Python, a compiler, Node's headers) for the ready-built better-sqlite3.
        await npm('ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error');
        await npm('rebuild', 'node', '--ignore-scripts=false');
      }),
  };
}

/** @param {() => string[]} groups the groups that are needed now @returns {Step} */
export function debianPackages(groups) {
  const missing = () => missingPackages(groups());
  return {
    title: 'Installing Debian packages (a minute or two)',
    isCurrent: () => missing().length === 0,
    run: () => installPackages(missing()),
  };
}

/** @returns {Step} */
export function server() {
  return build({
    title: 'Compiling the server',
    script: 'build:ts',
    folder: at('dist'),
    program: 'main.js',
    inputs: [at('package-lock.json'), at('tsconfig.json'), at('tsconfig.build.json'), at('src')],
  });
}

/** @returns {Step} */
export function console() {
  return build({
    title: 'Building the web console',
    script: 'build:web',
    folder: at('dist', 'web'),
    program: 'index.html',
    inputs: [
      at('package-lock.json'),
      at('src', 'gateway', 'web'),
      at('src', 'gateway', 'api-types.ts'),
      at('src', 'gateway', 'join-types.ts'),
      at('src', 'gateway', 'security-types.ts'),
      at('src', 'gateway', 'fleet-types.ts'),
    ],
  });
}

const cppSources = [at('CMakeLists.txt'), at('cmake'), at('client-cpp')];

/** @returns {Step} */
export function client() {
  return build({
    title: 'Building the C++ client (about a minute the first time)',
    script: 'build:cpp',
    folder: at('build'),
    program: 'sesame',
    inputs: cppSources,
  });
}

/** @returns {Step} */
export function clientTests() {
  return build({
    title: 'Building the C++ tests with sanitizers (about three minutes the first time)',
    script: 'build:cpp-tests',
    folder: at('build-asan'),
    program: 'sesame-tests',
    inputs: cppSources,
  });
}

/** @returns {Step} */
export function clientForArm64() {
  return build({
    title: 'Building the C++ client and its tests for arm64 (about three minutes the first time)',
    script: 'build:cpp-arm64',
    folder: at('build-arm64'),
    program: 'sesame-tests',
    inputs: cppSources,
  });
}

/** A step that runs one of the npm scripts, which makes `program` in `folder` from `inputs`. @returns {Step} */
function build({ title, script, folder, program, inputs }) {
  const built = artefact({ product: join(folder, program), stamp: join(folder, '.sesame-setup'), inputs });
  return {
    title,
    isCurrent: built.isCurrent,
    run: () =>
      built.make(async () => {
        dropForeignCMakeFolder(folder);
        await npm('run', script);
      }),
  };
}
