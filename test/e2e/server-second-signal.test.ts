import { expect, test } from 'vitest';
import { RunningServer } from '../support/running-server.ts';
import { SimulatedClient } from '../support/simulated-client.ts';
import { V3Connection } from '../support/v3-connection.ts';
import { filePayload, nameField, request, REQUEST } from '../support/v3-frames.ts';
import { until } from '../support/waiting.ts';

test('a second signal, of whichever kind, ends a server that waits for an upload', async () => {
  await using server = await RunningServer.start('--grace-time', '60');
  using client = await new SimulatedClient(() => server.port, 'slow').enrol();
  using upload = await V3Connection.open(server.port);
  const start = filePayload(nameField('f'), Buffer.alloc(1000), 100_000);
  await upload.send(request(REQUEST.file, start, { id: client.id, payloadSize: 100_259 }));
  await until('the upload has begun', async () => (await server.incoming()).length > 0);

  process.kill(server.pid, 'SIGINT');
  await until('the server waits', async () => server.stderr.includes('waiting for connections to finish'));
  expect(await server.stop('SIGTERM')).toBe(null);
});

test('a ready file that cannot be written: exit code 2 and one line', async () => {
  const { code, stderr } = await RunningServer.failing('--ready-file', '/does/not/exist/ready.json');
  expect(code).toBe(2);
  expect(stderr).toMatch(/^sesamed: --ready-file: .*\n$/);
});
