import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { CommandFailed, run } from './command.mjs';
import { at } from './paths.mjs';

const INSTALL = ['apt-get', 'install', '-y', '--no-install-recommends'];
const UPDATE = ['apt-get', 'update'];
// Another apt may be at work, and mirrors have moments.
const PATIENCE = ['-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3'];

/** Packages are missing, and this user may not install any. */
export class NotAllowedToInstall extends Error {
  constructor(missing) {
    const sudo = isThere('sudo') ? 'sudo ' : '';
    const who = sudo ? 'this' : 'this as root';
    const commands = [
      ...foreignArchitectures(missing).map(addArchitecture),
      UPDATE,
      [...INSTALL, ...missing],
    ];
    const line = commands.map((argv) => sudo + argv.join(' ')).join(' && ');
    super(`Debian packages are missing. Run ${who}:\n    ${line}`);
    this.name = 'NotAllowedToInstall';
  }
}

/** The packages of these groups that are not installed; none where there is no dpkg to ask. Those of another architecture are called NAME:ARCHITECTURE. */
export function missingPackages(groups) {
  const wanted = listedPackages()
    .filter(({ group }) => groups.includes(group))
    .map(({ name }) => name);
  if (wanted.length === 0) return [];
  // Exits with 1 when it does not know a package at all; its output is complete all the same.
  const format = '${Package}:${Architecture} ${db:Status-Status}\n';
  const answer = spawnSync('dpkg-query', ['-W', '-f', format, ...wanted], { encoding: 'utf8' });
  if (answer.error?.code === 'ENOENT') return [];
  const lines = new Set(answer.stdout.split('\n'));
  const own = [dpkgSays('--print-architecture').trim(), 'all'];
  const fullNames = (name) => (name.includes(':') ? [name] : own.map((kind) => `${name}:${kind}`));
  return wanted.filter((name) => !fullNames(name).some((full) => lines.has(`${full} installed`)));
}

/** Installs packages without a question; rejects with NotAllowedToInstall or CommandFailed. */
export async function installPackages(names) {
  const prefix = rootPrefix();
  if (prefix === undefined) throw new NotAllowedToInstall(names);
  const asRoot = (argv) => run([...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', ...argv, ...PATIENCE]);

  for (const architecture of foreignArchitectures(names))
    await run([...prefix, ...addArchitecture(architecture)]);
  const install = [...INSTALL, ...names];
  try {
    await asRoot(install);
  } catch (error) {
    // A fresh machine has no package lists, and old lists name files that the mirrors have replaced since.
    if (!(error instanceof CommandFailed)) throw error;
    await asRoot(UPDATE);
    await asRoot(install);
  }
}

/** What to put before a command to run it as root: nothing, sudo, or undefined when there is no way. */
function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  const sudo = ['sudo', '-n'];
  return spawnSync(sudo[0], [sudo[1], 'true'], { stdio: 'ignore' }).status === 0 ? sudo : undefined;
}

function listedPackages() {
  return readFileSync(at('scripts', 'debian-packages.txt'), 'utf8')
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '')
    .map((line) => line.split(/\s+/))
    .map(([group, name]) => ({ group, name }));
}

/** The architectures of these packages that this machine does not know yet. */
function foreignArchitectures(names) {
  const known = dpkgSays('--print-foreign-architectures').split('\n');
  const wanted = names.filter((name) => name.includes(':')).map((name) => name.split(':')[1]);
  return [...new Set(wanted)].filter((architecture) => !known.includes(architecture));
}

const addArchitecture = (architecture) => ['dpkg', '--add-architecture', architecture];

const dpkgSays = (question) => spawnSync('dpkg', [question], { encoding: 'utf8' }).stdout ?? '';

function isThere(program) {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined;
}
