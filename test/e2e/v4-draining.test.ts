// A server that stops (docs/PROTOCOL.md, 2.7): it says so, answers what is under way, and keeps what it has.
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { RunningServer } from '../support/running-server.ts';
import { V4Client } from '../support/v4-client.ts';
import { newIdentity } from '../support/v4-identity.ts';
import { checkChain } from '../support/v4-receipts.ts';
import { standsThere } from '../support/v4-uploads.ts';

const CONTENT = randomBytes(1_000_000);

test(
  'draining on stream 0, then the answers, then the end; uploads go on after it',
  { timeout: 40_000 },
  async () => {
    await using server = await RunningServer.start();
    const identity = newIdentity();
    using idle = await V4Client.joined(server.port, 'idle');
    using client = await V4Client.joined(server.port, 'working', identity);
    const { stream } = await client.open('large', { size: CONTENT.length });
    await client.data(stream, 0, CONTENT.subarray(0, 600_000));
    const puts = Array.from({ length: 200 }, (_, i) => client.put(`${i}`, Buffer.from(`${i}`)));
    await puts[0];
    const exit = server.stop('SIGTERM');
    expect(await idle.over).toMatchObject({ error: 'draining', stream: 0 });
    expect(await client.over).toMatchObject({ error: 'draining', stream: 0 });
    expect(await exit).toBe(0);
    const outcomes = await Promise.allSettled(puts);
    const answered = outcomes.filter(({ status }) => status === 'fulfilled').length;
    checkChain(client.receipts);

    await server.again();
    using back = await V4Client.back(server.port, identity);
    expect(back.welcome.seq, 'what was stored was answered').toBe(answered);
    const again = await back.open('large', { size: CONTENT.length });
    expect(again).toMatchObject({ state: 'resumed', offset: 600_000 });
    await back.data(again.stream, 600_000, CONTENT.subarray(600_000));
    await back.commit(again.stream, CONTENT);
    await standsThere(server, back, 'large', CONTENT);
    for (let i = 0; i < answered; i++) await standsThere(server, back, `${i}`, Buffer.from(`${i}`));
  },
);
