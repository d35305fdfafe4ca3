import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';

const RETRY_MS = 200;

/**
 * Runs `work` while no other process does: `npm start`, `npm test` and the server may all set up at once.
 *
 * The lock is a folder that holds its owner's process id. It is filled under another name and then renamed, and
 * released the same way round, so nobody ever sees it without an owner. The lock of a process that is gone is broken.
 */
export async function withLock(folder, work) {
  await acquire(folder);
  const release = () => removeByRenaming(folder);
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

async function acquire(folder) {
  let told = false;
  while (!tryToAcquire(folder)) {
    const owner = ownerOf(folder);
    if (owner === undefined) continue;
    if (!isAlive(owner)) {
      breakLock(folder, owner);
      continue;
    }
    if (!told)
      process.stderr.write(`Waiting for another set-up (process ${owner}; its lock is ${folder}) …\n`);
    told = true;
    await delay(RETRY_MS);
  }
}

function tryToAcquire(folder) {
  const prepared = privateName(folder);
  mkdirSync(prepared, { recursive: true });
  writeFileSync(join(prepared, 'pid'), `${process.pid}\n`);
  try {
    renameSync(prepared, folder);
    return true;
  } catch (error) {
    rmSync(prepared, { recursive: true });
    if (error.code === 'ENOTEMPTY' || error.code === 'EEXIST') return false;
    throw error;
  }
}

/** The process that holds the lock; undefined if it was released meanwhile. */
function ownerOf(folder) {
  try {
    return Number(readFileSync(join(folder, 'pid'), 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Between the look at the owner and the rename another process may have broken the lock and taken it: put it back. */
function breakLock(folder, deadOwner) {
  const aside = privateName(folder);
  try {
    renameSync(folder, aside);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  if (ownerOf(aside) === deadOwner) rmSync(aside, { recursive: true });
  else renameSync(aside, folder);
}

function removeByRenaming(folder) {
  const aside = privateName(folder);
  renameSync(folder, aside);
  rmSync(aside, { recursive: true });
}

const privateName = (folder) => `${folder}.${process.pid}`;
