// kill -9 at any moment: nothing that was acknowledged is ever lost, and no receipt is issued twice.
import { randomBytes, randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { RunningServer } from '../support/running-server.ts';
import { V4Client, type Acknowledged } from '../support/v4-client.ts';
import { newIdentity } from '../support/v4-identity.ts';
import { standsThere } from '../support/v4-uploads.ts';
import { until } from '../support/waiting.ts';

const ROUNDS = process.env['SESAME_LONG'] === undefined ? 4 : 60;

interface Version {
  readonly content: Buffer;
  readonly mtime: bigint;
  acknowledged: Acknowledged | undefined;
}

/** What was ever sent to each path, in order. */
class Sent {
  readonly #versions = new Map<string, Version[]>();

  async send(client: V4Client, path: string, content: Buffer, mtime: bigint): Promise<void> {
    const version: Version = { content, mtime, acknowledged: undefined };
    this.#versions.set(path, [...(this.#versions.get(path) ?? []), version]);
    const facts = { mtime, mode: 0o600 };
    const small = content.length <= 60_000;
    version.acknowledged = await (small
      ? client.put(path, content, facts)
      : client.upload(path, content, facts));
  }

  get acknowledged(): Acknowledged[] {
    return this.#all.flatMap(({ acknowledged }) => acknowledged ?? []);
  }

  /** The last acknowledged version stands at its place, or one that was sent after it and not acknowledged. */
  async check(server: RunningServer, client: V4Client): Promise<void> {
    for (const [path, versions] of this.#versions) {
      const last = versions.findLastIndex(({ acknowledged }) => acknowledged !== undefined);
      const possible = versions.slice(Math.max(last, 0));
      const stored = await client.fetch(path).catch(() => undefined);
      if (!stored && last < 0) continue;
      if (!stored) throw new Error(`${path} was acknowledged, and is gone`);
      const found = possible.find(({ content }) => content.equals(stored.content));
      if (!found) throw new Error(`${path} holds none of the ${possible.length} versions that it may`);
      expect(stored.facts.mtime).toBe(found.mtime);
      await standsThere(server, client, path, stored.content);
    }
  }

  get #all(): Version[] {
    return Array.from(this.#versions.values()).flat();
  }
}

test(
  `${ROUNDS} times, while small and large files are on their way`,
  { timeout: ROUNDS * 30_000 },
  async () => {
    await using server = await RunningServer.start();
    const identity = newIdentity();
    const sent = new Sent();
    (await V4Client.joined(server.port, 'unlucky', identity))[Symbol.dispose]();
    let last = 0;

    for (let round = 0; round < ROUNDS; round++) {
      using client = await V4Client.back(server.port, identity);
      expect(client.welcome.seq, 'the chain has not lost its end').toBeGreaterThanOrEqual(last);
      const work = Array.from({ length: 20 }, async (_, worker) => {
        for (let i = 0; ; i++) {
          const size = worker < 3 ? randomInt(100_000, 1_500_000) : randomInt(5000);
          const path = worker % 4 === 0 ? `same/${worker}` : `round ${round}/${worker}/${i}`;
          await sent.send(client, path, randomBytes(size), BigInt(round * 1000 + i));
        }
      });
      const ended = Promise.allSettled(work);
      await sleep(randomInt(50, 600));
      await server.stop('SIGKILL');
      await ended;
      await server.again();
      last = Math.max(0, ...sent.acknowledged.map(({ fields }) => fields.seq));
    }

    using client = await V4Client.back(server.port, identity);
    await sent.check(server, client);
    const seqs = sent.acknowledged.map(({ fields }) => fields.seq);
    expect(new Set(seqs).size, 'no number was given twice').toBe(seqs.length);
    expect(seqs.length).toBeGreaterThan(ROUNDS);
    const prevs = new Map(sent.acknowledged.map(({ fields }) => [fields.seq, fields.prev]));
    expect(new Set(prevs.values()).size, 'nor did two name the same one before them').toBe(prevs.size);
    const listed = await client.listAll();
    expect(new Set(listed.map(({ seq }) => seq)).size).toBe(listed.length);
    expect(client.welcome.seq).toBeGreaterThanOrEqual(last);
  },
);

test('right behind an acknowledgement: the file is there', { timeout: 60_000 }, async () => {
  await using server = await RunningServer.start();
  const identity = newIdentity();
  (await V4Client.joined(server.port, 'just in time', identity))[Symbol.dispose]();
  const contents = new Map<string, Buffer>();
  for (let round = 0; round < 3; round++) {
    using client = await V4Client.back(server.port, identity);
    const files = Array.from(
      { length: 200 },
      (_, i) => [`${round}/${i}`, randomBytes(randomInt(3000))] as const,
    );
    await client.putAll(files);
    await client.folder(`${round}`);
    const large = randomBytes(700_000);
    await client.upload(`${round}/large`, large);
    await server.stop('SIGKILL');
    for (const [path, content] of [...files, [`${round}/large`, large] as const]) contents.set(path, content);
    await server.again();
  }
  using client = await V4Client.back(server.port, identity);
  expect(client.welcome.seq).toBe(contents.size);
  const places = await Promise.all(
    Array.from(contents, ([path, content]) => standsThere(server, client, path, content).then(() => path)),
  );
  expect(places).toHaveLength(contents.size);
  expect((await client.listAll()).filter(({ type }) => type === 'file')).toHaveLength(contents.size);
  await until('nothing is left behind', async () => (await server.incoming()).length === 0);
});
