// Receipts (docs/PROTOCOL.md, 2.5), checked by stock OpenSSH.
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Program } from '../support/program.ts';
import { RunningServer, TemporaryFolder } from '../support/running-server.ts';
import { V4Client } from '../support/v4-client.ts';
import { newIdentity } from '../support/v4-identity.ts';
import { allowedSigners, armored, checkChain, parseReceipt } from '../support/v4-receipts.ts';

let server: RunningServer;

beforeAll(async () => {
  server = await RunningServer.start();
});

afterAll(async () => {
  expect(server.running).toBe(true);
  await server[Symbol.asyncDispose]();
});

/** What the page tells people to run. */
async function sshKeygenAccepts(key: Uint8Array, receipt: Buffer, signature: Buffer): Promise<boolean> {
  await using folder = await TemporaryFolder.create();
  const [allowed, file] = [join(folder.path, 'allowed_signers'), join(folder.path, 'r.sig')];
  await writeFile(allowed, allowedSigners(key));
  await writeFile(file, armored(signature));
  const name = 'sesame-receipt';
  const { code } = await Program.run(
    'ssh-keygen',
    ['-Y', 'verify', '-f', allowed, '-I', name, '-n', name, '-s', file],
    { input: receipt.toString('utf8') },
  );
  return code === 0;
}

test('ssh-keygen verifies each, and refuses one that was changed', async () => {
  using client = await V4Client.joined(server.port, 'Zoë "Z"');
  const { receiptKey } = client.welcome;
  const control = Array.from({ length: 31 }, (_, i) => String.fromCharCode(i + 1)).join('');
  for (const path of ['plain', 'Größe/漢字 🎈', `quotes " and ${control}`]) {
    const { receipt, signature } = await client.put(path, Buffer.from('x'));
    expect(await sshKeygenAccepts(receiptKey, receipt, signature), path).toBe(true);
    const changed = Buffer.from(receipt.toString().replace('"size":1', '"size":2'));
    expect(await sshKeygenAccepts(receiptKey, changed, signature)).toBe(false);
  }
  const large = await client.upload('large', Buffer.alloc(100_000));
  expect(await sshKeygenAccepts(receiptKey, large.receipt, large.signature)).toBe(true);
});

test('the chain goes on over connections and restarts, and a hello tells where it stands', async () => {
  const identity = newIdentity();
  const receipts: Buffer[] = [];
  const keys = new Set<string>();
  for (let day = 0; day < 3; day++) {
    using client = await (day === 0
      ? V4Client.joined(server.port, 'chained', identity)
      : V4Client.back(server.port, identity));
    keys.add(`${client.connection.pin} ${client.welcome.receiptKey.toString('hex')}`);
    const last = receipts.at(-1);
    expect(client.welcome).toMatchObject({
      seq: last ? parseReceipt(last).seq : 0,
      head: last ? createHash('sha256').update(last).digest() : Buffer.alloc(32),
    });
    await client.put(`${day}/put`, Buffer.from(`${day}`));
    await client.upload(`${day}/upload`, Buffer.alloc(70_000 + day));
    receipts.push(...client.receipts);
    if (day === 1) {
      await server.stop();
      await server.again();
    }
  }
  checkChain(receipts);
  expect(keys, 'and so do the server’s keys').toHaveProperty('size', 1);
});

test('each client has a chain of its own', async () => {
  using alice = await V4Client.joined(server.port, 'alice');
  using bob = await V4Client.joined(server.port, 'bob');
  for (let i = 0; i < 5; i++) {
    await Promise.all([alice.put(`${i}`, Buffer.from('a')), bob.put(`${i}`, Buffer.from('b'))]);
  }
  for (const { receipts } of [alice, bob]) {
    expect(receipts).toHaveLength(5);
    checkChain(receipts);
  }
});
