// Every form of me.info that is in use, taken by the client; whatever is none, refused.
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ClientFolder } from '../support/native-client.ts';
import { RunningServer } from '../support/running-server.ts';
import { V3Connection } from '../support/v3-connection.ts';
import { nameField, request, REQUEST, RESPONSE } from '../support/v3-frames.ts';
import { vectors } from '../support/vectors.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await RunningServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

/** Registers a client with this key. @returns its id, hex */
async function enrol(name: string, privatePkcs8: string): Promise<string> {
  const privateKey = createPrivateKey({
    key: Buffer.from(privatePkcs8, 'base64'),
    format: 'der',
    type: 'pkcs8',
  });
  const publicDer = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  using connection = await V3Connection.open(server.port);
  await connection.send(request(REQUEST.register, nameField(name)));
  const id = (await connection.response()).payload;
  await connection.send(request(REQUEST.publicKey, Buffer.concat([nameField(name), publicDer]), { id }));
  expect((await connection.response()).code).toBe(RESPONSE.aesKey);
  return id.toString('hex');
}

/** Writes an id as another is written: with dashes, in capitals. */
function writtenLike(sample: string, id: string): string {
  const dashed = id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  const text = sample.includes('-') ? dashed : id;
  return /[A-F]/.test(sample) ? text.toUpperCase() : text;
}

const good = vectors('me-info').filter((vector) => vector.expect === 'ok');
const bad = vectors('me-info').filter((vector) => vector.expect !== 'ok');

test.for(good.map((vector, index) => ({ ...vector, index })))('$name', async (vector) => {
  // The server wants every name to be another.
  const name = vector.client_name === 'alice' ? `alice ${vector.index}` : vector.client_name;
  const id = await enrol(name, vector.private_pkcs8_base64);
  const [, sampleId = ''] = vector.text.split(/\r?\n/);
  const text = vector.text
    .replace(vector.client_name, () => name)
    .replace(sampleId, () => writtenLike(sampleId, id));
  await using folder = await ClientFolder.create(server.port, name, ['f']);
  await folder.write('f', `content of ${vector.name}`);
  await folder.write('me.info', text);

  const { code, events, stderr } = await folder.run();
  expect(code, stderr).toBe(0);
  expect(events[0]).toEqual({ event: 'reconnected', client: name });
  expect(await readFile(server.file(name, 'f'), 'utf8')).toBe(`content of ${vector.name}`);
  expect(await readFile(folder.meInfo, 'utf8'), 'left as it was').toBe(text);
});

test('anything else: exit code 2, and left as it is', async () => {
  await using folder = await ClientFolder.create(server.port, 'alice', ['f']);
  await folder.write('f', 'content');
  const wrong: string[] = [];
  const tooLarge = { name: 'far too large', text: 'A'.repeat(100_000) };
  for (const { name, text } of [...bad, tooLarge]) {
    await folder.write('me.info', text);
    const { code, events, stderr } = await folder.run();
    const said = events.at(-2)?.event === 'error' && stderr.includes('me.info');
    const left = (await readFile(folder.meInfo, 'utf8')) === text;
    if (code !== 2 || !said || !left) wrong.push(`${name}: ${code ?? 'killed'}`);
  }
  expect(bad.length).toBeGreaterThan(10);
  expect(wrong).toEqual([]);
});
