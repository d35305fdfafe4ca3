// The container of the server, as far as it can be held against the rest without an engine for containers.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { currentVersion } from '../../scripts/packaging/version.ts';
import { Program } from '../support/program.ts';
import { RunningServer } from '../support/running-server.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HEALTH_CHECK = join(ROOT, 'packaging/container/healthcheck.mjs');
const containerfile = await readFile(join(ROOT, 'Containerfile'), 'utf8');

async function health(port: number | undefined): Promise<number | null> {
  const env = { SESAME_HTTP_PORT: String(port ?? 0) };
  return (await Program.run(process.execPath, [HEALTH_CHECK], { env })).code;
}

test.each(['on', 'off'])('is healthy while the server runs, and not afterwards: TLS %s', async (tls) => {
  await using server = await RunningServer.start('--http-port', '0', '--http-tls', tls);
  const port = server.http?.port;
  expect(await health(port)).toBe(0);
  await server.stop();
  expect(await health(port)).toBe(1);
});

test('all that is copied is there, and is let in by .containerignore', async () => {
  const copied = [...containerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, all = '']) =>
    all.split(' '),
  );
  expect(copied.length).toBeGreaterThan(4);
  const admitted = (await readFile(join(ROOT, '.containerignore'), 'utf8'))
    .split('\n')
    .filter((line) => line.startsWith('!'))
    .map((line) => line.slice(1));
  for (const path of copied) {
    expect(existsSync(join(ROOT, path)), path).toBe(true);
    expect(
      admitted.some((start) => path === start || path.startsWith(`${start}/`)),
      path,
    ).toBe(true);
  }
});

test('says the version that it is', () => {
  expect(containerfile).toContain(`org.opencontainers.image.version="${currentVersion().name}"`);
});
