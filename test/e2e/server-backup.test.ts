// A copy of the data folder of a server that is stopped is a whole backup.
import { rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { sampleBytes } from '../support/native-client.ts';
import { Program } from '../support/program.ts';
import { RunningServer } from '../support/running-server.ts';
import { sesamed } from '../support/sesamed.ts';
import { newIdentity } from '../support/v4-identity.ts';
import { V4Client } from '../support/v4-client.ts';

test('a server on the copy goes on: same identity, same clients, receipt chains unbroken', async () => {
  await using server = await RunningServer.start();
  await using restored = await RunningServer.start();
  await restored.stop();
  await rm(restored.dataDir, { recursive: true });
  const identity = newIdentity();
  using before = await V4Client.joined(server.port, 'machine', identity);
  await before.putAll(Array.from({ length: 50 }, (_, i) => [`small/${i}`, sampleBytes(100 + i)] as const));
  await before.upload('large', sampleBytes(2_000_000));
  const pin = before.connection.pin;
  // Killed, with files in the journal that are not at their places yet.
  await server.stop('SIGKILL');
  const copied = await Program.run('cp', ['-a', server.dataDir, restored.dataDir]);
  expect(copied.code, copied.stderr).toBe(0);
  await restored.again();
  using after = await V4Client.connect(restored.port, identity);
  const welcome = await after.hello();
  expect([welcome.name, welcome.seq]).toEqual(['machine', 51]);
  expect(after.connection.pin).toBe(pin);
  await after.put('new', sampleBytes(10));
  await after.leave();
  const { code, stdout } = await sesamed(['files', 'verify', '--data-dir', restored.dataDir]);
  expect(code, stdout).toBe(0);
}, 60_000);
