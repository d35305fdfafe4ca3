#!/usr/bin/env node
/**
 * Sets up what is missing or out of date: npm packages, the compiled server and its console, Debian packages, the
 * C++ client.
 * The npm scripts call it before they do their work; when everything is current it says nothing and takes
 * a fraction of a second. It asks no questions, and several may run at once.
 *
 *   node scripts/setup.mjs                  what `npm run demo` needs
 *   node scripts/setup.mjs --lenient        a missing compiler only warns: the server can start without the client
 *   node scripts/setup.mjs --test           also what `npm test` needs: test tools and the C++ tests with sanitizers
 *   node scripts/setup.mjs --bench          also what `npm run bench` needs
 *   node scripts/setup.mjs --gate           also what `npm run demo -- --gate` needs
 *   node scripts/setup.mjs --package        also what `npm run package` needs
 *   node scripts/setup.mjs --arm64          also the C++ client for arm64, and what runs it here
 *   node scripts/setup.mjs --server-only    just the server and its console: vitest calls this before its tests
 *   node scripts/setup.mjs --client-only    just the C++ client: `sesamed serve --encrypt` calls this before it
 *                                           launches the client
 *
 * This runs before any package is there, on the Node that the machine has (20 or later): Node's own modules only.
 */
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { CommandFailed } from './setup/command.mjs';
import { NotAllowedToInstall } from './setup/debian.mjs';
import { withLock } from './setup/lock.mjs';
import { at } from './setup/paths.mjs';
import {
  client,
  clientForArm64,
  clientTests,
  console,
  debianPackages,
  npmPackages,
  server,
} from './setup/steps.mjs';

const options = {
  lenient: { type: 'boolean', default: false },
  test: { type: 'boolean', default: false },
  bench: { type: 'boolean', default: false },
  gate: { type: 'boolean', default: false },
  package: { type: 'boolean', default: false },
  arm64: { type: 'boolean', default: false },
  'server-only': { type: 'boolean', default: false },
  'client-only': { type: 'boolean', default: false },
};

const SIGNAL_EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/**
 * The steps in their order, each building on the ones before it: first what the server needs, then what may fail
 * under --lenient.
 */
function stepsFor(flags) {
  if (flags['server-only']) return { required: [npmPackages(), server(), console()], optional: [] };
  const builds = [
    client(),
    ...(flags.test ? [clientTests()] : []),
    ...(flags.arm64 ? [clientForArm64()] : []),
  ];
  // A machine that was given finished builds needs no compiler.
  const groups = () => [
    ...(builds.every((build) => build.isCurrent()) ? [] : ['build']),
    ...['test', 'bench', 'gate', 'package', 'arm64'].filter((group) => flags[group]),
  ];
  return {
    required: flags['client-only'] ? [npmPackages()] : [npmPackages(), server(), console()],
    optional: [debianPackages(groups), ...builds],
  };
}

async function perform(step) {
  if (step.isCurrent()) return;
  const start = performance.now();
  const seconds = () => `${((performance.now() - start) / 1000).toFixed(1)} s`;
  process.stderr.write(`${step.title} … `);
  try {
    await step.run();
    process.stderr.write(`done in ${seconds()}\n`);
  } catch (error) {
    const remark = error instanceof NotAllowedToInstall ? 'needs root' : `failed after ${seconds()}`;
    process.stderr.write(`${remark}\n`);
    throw error;
  }
}

async function setUp({ required, optional }, lenient) {
  for (const step of required) await perform(step);
  try {
    for (const step of optional) await perform(step);
  } catch (error) {
    if (!lenient || !isExpected(error)) throw error;
    process.stderr.write(`${describe(error)}\nGoing on without a current C++ client.\n`);
  }
}

const isExpected = (error) => error instanceof CommandFailed || error instanceof NotAllowedToInstall;

function describe(error) {
  if (error instanceof CommandFailed) return error.describe();
  return isExpected(error) ? error.message : error.stack;
}

function interrupt(code) {
  process.stderr.write('interrupted\n');
  process.exit(code);
}

function readFlags() {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    const names = Object.keys(options).map((name) => `--${name}`);
    process.stderr.write(`${error.message}\nFlags: ${names.join(' ')}\n`);
    process.exit(2);
  }
}

const flags = readFlags();
const steps = stepsFor(flags);
const isCurrent = [...steps.required, ...steps.optional].every((step) => step.isCurrent());
if (!isCurrent) {
  for (const [signal, code] of Object.entries(SIGNAL_EXIT_CODES)) process.once(signal, () => interrupt(code));
  try {
    await withLock(at('.cache', 'setup.lock'), () => setUp(steps, flags.lenient));
  } catch (error) {
    process.stderr.write(`${describe(error)}\n`);
    process.exitCode = 1;
  }
}
