// A process of its own that does what a server does with clients and files, tells the keys, and waits to be killed.
import { Engine } from '../support/engine.ts';

const engine = await Engine.open(process.argv[2] ?? '');
const keys: string[] = [];
for (let i = 0; i < 20; i++) {
  const client = await engine.enrol(`client ${i}`);
  keys.push(client.aesKey.toString('hex'));
  await engine.send(client, 'pending', Buffer.from(`the content of client ${i}`));
  if (i % 2 === 0) await engine.confirm(client, 'pending');
  await engine.registrar.reconnect(client.id);
}
process.stdout.write(`${JSON.stringify(keys)}\n`);
setInterval(() => engine.log, 60_000);
