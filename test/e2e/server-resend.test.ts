// A connection breaks within a file, and the file is sent again at once over another (docs/PROTOCOL.md, 1.4).
import { expect, test } from 'vitest';
import { RunningServer } from '../support/running-server.ts';
import { SimulatedClient } from '../support/simulated-client.ts';
import { encrypt } from '../support/v3-cryptography.ts';
import { V3Connection } from '../support/v3-connection.ts';
import { nameField, RESPONSE } from '../support/v3-frames.ts';
import { until } from '../support/waiting.ts';

const CLIENTS = 40;
const TIMES = 8;

/** Sends a file whose first connection breaks, again and again. @returns which of those that came last were refused */
async function sendAgainAndAgain(
  server: RunningServer,
  name: string,
): Promise<{ id: string; time: number }[]> {
  using client = await new SimulatedClient(() => server.port, name).enrol();
  const ciphertext = encrypt(client.aesKey, Buffer.alloc(1000, name));
  const refused: { id: string; time: number }[] = [];
  for (let time = 0; time < TIMES; time++) {
    using older = await V3Connection.open(server.port);
    using newer = await V3Connection.open(server.port);
    // The same place under two names, so that the trace tells them apart.
    await older.send(client.fileRequest(nameField(`./${time}`), ciphertext).subarray(0, 283));
    older.reset();
    await newer.send(client.fileRequest(nameField(`${time}`), ciphertext));
    const { code } = await newer.response();
    if (code !== RESPONSE.fileReceived) refused.push({ id: client.id.toString('hex', 0, 8), time });
  }
  return refused;
}

test('the newer has it, however close behind the older it comes', async () => {
  await using server = await RunningServer.start('--trace');
  const runs = Array.from({ length: CLIENTS }, (_, i) => sendAgainAndAgain(server, `client ${i}`));
  const refused = (await Promise.all(runs)).flat();
  await until('the last call', async () => server.stderr.split(`name=${TIMES - 1} `).length > CLIENTS);
  const calls = server.stderr.split('\n').filter((line) => line.includes('FileDecryptHandler call'));
  const position = (id: string, name: string): number =>
    calls.findIndex((line) => line.includes(` client=${id}…`) && line.includes(` name=${name} `));
  // Which connection a server reads first is its own business: what it read last is the newer.
  const wrongly = refused.filter(({ id, time }) => position(id, `./${time}`) < position(id, `${time}`));
  expect(wrongly).toEqual([]);
});
