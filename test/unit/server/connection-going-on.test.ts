import { describe, expect, it } from 'vitest';
import type { Request } from '../../../src/handlers/base-request-handler.ts';
import { ConnectionPair, frame, plainRequest } from './connection-pair.ts';

/** The first request asks whether the client goes on within `time` ms; `asked` resolves when it does. */
async function asking(
  time: number,
): Promise<{ pair: ConnectionPair; asked: Promise<undefined>; answer: Promise<boolean> }> {
  const asked = Promise.withResolvers<undefined>();
  const answer = Promise.withResolvers<boolean>();
  let first = true;
  const pair = await ConnectionPair.open(async ({ goesOnWithin, payload }: Request) => {
    if (first) {
      first = false;
      const goesOn = goesOnWithin(time);
      asked.resolve(undefined);
      answer.resolve(await goesOn);
    }
    return { frame: frame(payload[0] ?? 0) };
  });
  return { pair, asked: asked.promise, answer: answer.promise };
}

async function marks(pair: ConnectionPair, count: number): Promise<string> {
  let text = '';
  for (let i = 0; i < count; i++) text += (await pair.client.response()).payload.toString();
  return text;
}

describe('goesOnWithin', () => {
  it('is true for bytes that came along, which are not lost', async () => {
    const { pair, answer } = await asking(60_000);
    using _ = pair;
    await pair.client.send(Buffer.concat([plainRequest('a'), plainRequest('b')]));
    expect(await answer).toBe(true);
    expect(await marks(pair, 2)).toBe('ab');
  });

  it('is true for a single byte of the next request', async () => {
    const { pair, asked, answer } = await asking(60_000);
    using _ = pair;
    await pair.client.send(plainRequest('a'));
    await asked;
    await pair.client.send(plainRequest('b').subarray(0, 1));
    expect(await answer).toBe(true);
    await pair.client.send(plainRequest('b').subarray(1));
    expect(await marks(pair, 2)).toBe('ab');
  });

  it('is false when nothing comes in time, and what comes later is served', async () => {
    const { pair, answer } = await asking(40);
    using _ = pair;
    const start = performance.now();
    await pair.client.send(plainRequest('a'));
    expect(await answer).toBe(false);
    expect(performance.now() - start).toBeGreaterThan(35);
    await pair.client.send(plainRequest('b'));
    expect(await marks(pair, 2)).toBe('ab');
  });

  it('runs no clock against the client while it waits', async () => {
    const { pair, asked, answer } = await asking(60_000);
    using _ = pair;
    await pair.client.send(plainRequest('a'));
    await asked;
    pair.clock.advance(24 * 3_600_000);
    pair.connection.checkDeadlines();
    await pair.client.send(plainRequest('b'));
    expect(await answer).toBe(true);
    expect(await marks(pair, 2)).toBe('ab');
  });
});
