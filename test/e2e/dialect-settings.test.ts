// Each dialect pinned by its setting, and what is remembered over a restart (docs/PROTOCOL.md, 1.5).
import { expect, test } from 'vitest';
import { V3Connection } from '../support/v3-connection.ts';
import { nameField, request, REQUEST, RESPONSE } from '../support/v3-frames.ts';
import { crcOnTheWire, encrypt } from '../support/v3-cryptography.ts';
import { RunningServer } from '../support/running-server.ts';
import { SimulatedClient, type Habits } from '../support/simulated-client.ts';
import type { CrcVariant } from '../support/vectors.ts';

const VARIANTS: readonly CrcVariant[] = [
  'zlib-ciphertext',
  'cksum-plaintext',
  'cksum-ciphertext',
  'zlib-plaintext',
  'zlib-plaintext-be',
];
const CONTENT = Buffer.from('the same content every time');

function clientOf(server: RunningServer, name: string, habits: Partial<Habits> = {}): SimulatedClient {
  return new SimulatedClient(() => server.port, name, habits);
}

function wireCrc(client: SimulatedClient, variant: CrcVariant): string {
  return crcOnTheWire(variant, CONTENT, encrypt(client.aesKey, CONTENT));
}

test.concurrent.for(VARIANTS)('--v3-crc %s', async (variant, { expect }) => {
  await using server = await RunningServer.start('--v3-crc', variant);
  using friend = await clientOf(server, 'friend', { crc: variant }).enrol();
  expect(await friend.sendFile('f', CONTENT)).toEqual({
    outcome: 'verified',
    crcs: [wireCrc(friend, variant)],
  });
  const other = VARIANTS.find((one) => one !== variant);
  using stranger = await clientOf(server, 'stranger', other === undefined ? {} : { crc: other }).enrol();
  const crcs = Array.from({ length: 4 }, () => wireCrc(stranger, variant));
  expect(await stranger.sendFile('f', CONTENT)).toEqual({ outcome: 'gave-up', crcs });
});

test.concurrent('--v3-reply-1030 always', async ({ expect }) => {
  await using server = await RunningServer.start('--v3-reply-1030', 'always', '--v3-crc', 'zlib-ciphertext');
  using waiting = await clientOf(server, 'waiting').enrol();
  using listening = await clientOf(server, 'listening', { after1030: 'listens' }).enrol();
  for (let run = 1; run <= 2; run++) {
    expect((await waiting.sendFile('f', CONTENT, 1)).outcome).toBe('verified');
    expect((await listening.sendFile('f', CONTENT, 1)).outcome).toBe('believed');
  }
});

test.concurrent('--v3-reply-1030 never', async ({ expect }) => {
  await using server = await RunningServer.start('--v3-reply-1030', 'never', '--v3-crc', 'zlib-ciphertext');
  using waiting = await clientOf(server, 'waiting').enrol();
  using listening = await clientOf(server, 'listening', { after1030: 'listens' }).enrol();
  using hurried = await clientOf(server, 'hurried', { after1030: 'hurries' }).enrol();
  expect((await waiting.sendFile('f', CONTENT, 1)).outcome, 'it waits in vain').toBe('refused');
  expect((await waiting.sendFile('f', CONTENT, 1)).outcome, 'nothing is learnt').toBe('refused');
  expect((await listening.sendFile('f', CONTENT, 1)).outcome).toBe('verified');
  expect((await hurried.sendFile('f', CONTENT, 3)).outcome).toBe('verified');
});

test.concurrent.for([16, 0])('--v3-ack-payload %d', async (size, { expect }) => {
  await using server = await RunningServer.start('--v3-ack-payload', String(size));
  using client = await clientOf(server, 'client').enrol();
  expect((await client.sendFile('f', CONTENT)).outcome).toBe('verified');
  using connection = await V3Connection.open(server.port);
  const id = Buffer.alloc(16, 0x77);
  await connection.send(request(REQUEST.reconnect, nameField('nobody'), { id }));
  const refused = await connection.response();
  expect(refused).toMatchObject({ code: RESPONSE.reconnectRefused, payload: id.subarray(0, size) });

  using needy = await clientOf(server, 'needy', { needsAckPayload: true }).enrol();
  const sent = needy.sendFile('f', CONTENT);
  if (size === 16) expect((await sent).outcome).toBe('verified');
  else await expect(sent).rejects.toThrow('2104 is empty');
});

test.concurrent.for([1, 2, 3, 4])('--v3-max-sends %d', async (sends, { expect }) => {
  await using server = await RunningServer.start(
    '--v3-max-sends',
    String(sends),
    '--v3-crc',
    'zlib-ciphertext',
  );
  using client = await clientOf(server, 'client').enrol();
  const field = nameField('f');
  const file = client.fileRequest(field, encrypt(client.aesKey, CONTENT));
  const wrong = request(REQUEST.crcWrong, field, { id: client.id });
  for (let send = 1; send <= sends; send++) {
    expect((await client.exchange(file)).code, `send ${send}`).toBe(RESPONSE.fileReceived);
    expect((await client.exchange(wrong)).code).toBe(RESPONSE.acknowledged);
  }
  expect((await client.exchange(file)).code, 'one more').toBe(RESPONSE.error);
  await client.reconnect(); // which begins to count anew
  expect((await client.sendFile('f', CONTENT)).outcome).toBe('verified');
});

test.concurrent.for([
  ['--v3-crc', 'crc64'],
  ['--v3-reply-1030', 'perhaps'],
  ['--v3-ack-payload', '8'],
  ['--v3-max-sends', '0'],
  ['--v3-max-sends', '5'],
])('%s %s is refused at the start', async (args, { expect }) => {
  const { code, stderr } = await RunningServer.failing(...args);
  expect(code).toBeGreaterThan(0);
  expect(stderr).toMatch(/v3.(crc|reply-1030|ack-payload|max-sends)/);
});

test('what was learnt survives a restart, confirmed or not', async () => {
  await using server = await RunningServer.start();
  const [searching, settled, listening] = await Promise.all([
    clientOf(server, 'searching', { crc: 'zlib-plaintext-be', sends: 3 }).enrol(),
    clientOf(server, 'settled', { crc: 'cksum-plaintext' }).enrol(),
    clientOf(server, 'listening', { crc: 'cksum-ciphertext', after1030: 'listens' }).enrol(),
  ]);
  const clients = [searching, settled, listening];
  expect((await searching.sendFile('f', CONTENT)).outcome).toBe('gave-up');
  expect((await settled.sendFile('f', CONTENT)).outcome).toBe('verified');
  expect((await listening.sendFile('f', CONTENT)).outcome).toBe('believed');
  expect((await listening.sendFile('g', CONTENT)).outcome).toBe('verified');

  for (const client of clients) client.close();
  expect(await server.stop()).toBe(0);
  await server.again();

  for (const client of clients) await client.reconnect();
  const found = await searching.sendFile('f', CONTENT);
  expect(found.crcs[0], 'where it stood at its 1031').toBe(wireCrc(searching, 'cksum-ciphertext'));
  expect(found.outcome).toBe('verified');
  const doubted = await settled.sendFile('f', CONTENT, 2);
  expect(doubted).toEqual({ outcome: 'verified', crcs: Array(3).fill(wireCrc(settled, 'cksum-plaintext')) });
  expect((await listening.sendFile('f', CONTENT, 1)).outcome).toBe('verified');
  for (const client of clients) client.close();
});

test('--debug gives every CRC wrong, and neither moves nor confirms a variant', async () => {
  await using server = await RunningServer.start('--debug');
  using client = await clientOf(server, 'client').enrol();
  const right = VARIANTS.map((variant) => wireCrc(client, variant));
  for (let run = 1; run <= 2; run++) {
    const report = await client.sendFile('f', CONTENT);
    expect(report.outcome).toBe('gave-up');
    expect(report.crcs).toHaveLength(4);
    for (const crc of report.crcs) expect(right).not.toContain(crc);
  }
  client.close();
  await server.stop();
  await server.again();
  await client.reconnect();
  expect(await client.sendFile('f', CONTENT)).toEqual({ outcome: 'verified', crcs: right.slice(0, 1) });
});
