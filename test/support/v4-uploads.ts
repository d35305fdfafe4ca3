// What the tests of uploads have in common: where files are, and what they must look like there.
import { readFile, stat } from 'node:fs/promises';
import type { RunningServer } from './running-server.ts';
import type { Facts, V4Client } from './v4-client.ts';
import { until } from './waiting.ts';

/** Nanoseconds. */
const NEAR = 250n;

/** The bytes that stand at a client's path, undefined where there is no file. */
export async function storedFile(
  server: RunningServer,
  client: V4Client,
  path: string,
): Promise<Buffer | undefined> {
  return readFile(placeOf(server, client, path)).catch(() => undefined);
}

/** ms; the promise for small files is a second, on a machine that is not as busy as one that runs tests. */
const PLACING = 4000;

/** Resolves when exactly these bytes stand there. */
export async function standsThere(
  server: RunningServer,
  client: V4Client,
  path: string,
  content: Uint8Array,
): Promise<void> {
  const stands = async (): Promise<boolean> =>
    (await storedFile(server, client, path))?.equals(content) ?? false;
  await until(`${JSON.stringify(path.slice(0, 50))} stands at its place`, stands, PLACING);
}

/**
 * mtime in nanoseconds and the lower 12 bits of st_mode, as they are on disk. Node sets times as a double of seconds, which
 * is as near as 250 ns: so near counts as equal. The server can always read and replace its files, whatever their mode.
 */
export async function factsOnDisk(
  server: RunningServer,
  client: V4Client,
  path: string,
  expected: Facts,
): Promise<Facts> {
  const { mtimeNs, mode } = await stat(placeOf(server, client, path), { bigint: true });
  const difference = mtimeNs - expected.mtime;
  const near = difference > -NEAR && difference < NEAR;
  const sameMode = (Number(mode) & 0o7777) === ((expected.mode & 0o777) | 0o600);
  return {
    mtime: near ? expected.mtime : mtimeNs,
    mode: sameMode ? expected.mode : Number(mode) & 0o7777,
  };
}

function placeOf(server: RunningServer, client: V4Client, path: string): string {
  return server.file(client.welcome.name, ...path.split('/'));
}
