// Random operations of one client against the real server and a model of what docs/PROTOCOL.md, 2.4 and 2.6 say.
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RunningServer } from '../support/running-server.ts';
import { V4Client } from '../support/v4-client.ts';
import { outcomeOfRequest } from '../support/v4-errors.ts';
import { hash } from '../support/v4-frames.ts';
import { newIdentity, type Identity } from '../support/v4-identity.ts';
import { checkChain } from '../support/v4-receipts.ts';

const LONG = process.env['SESAME_LONG'] !== undefined;
const RUNS = LONG ? 200 : 12;
const STEPS = LONG ? 80 : 30;

interface Stored {
  readonly content: Buffer;
  readonly mtime: bigint;
  readonly seq: number;
}

interface Unfinished {
  readonly size: number;
  readonly mtime: bigint;
  readonly received: number;
}

interface Model {
  readonly stored: Map<string, Stored>;
  readonly unfinished: Map<string, Unfinished>;
  receipts: number;
}

interface Real {
  readonly identity: Identity;
  client: V4Client;
  readonly receipts: Buffer[];
}

type Step = fc.AsyncCommand<Model, Real>;

/** Contents and times are few, so that the same version comes again. */
function contentOf(seed: number, size: number): Buffer {
  return Buffer.alloc(size, `content ${seed} `);
}

/** A file on its way must not be in the way: paths below one another are for the tests of conflicts. */
const PATHS = ['a', 'b', 'd/a', 'd/b', 'd/e/ü', '🎈'];

/** What the model expects of a whole file that is sent, by whichever way. */
function expected(
  model: Model,
  path: string,
  content: Buffer,
  mtime: bigint,
): { wasThere: boolean; seq: number } {
  const there = model.stored.get(path);
  if (there?.mtime === mtime && there.content.equals(content)) return { wasThere: true, seq: there.seq };
  model.receipts += 1;
  model.stored.set(path, { content, mtime, seq: model.receipts });
  return { wasThere: false, seq: model.receipts };
}

class Put implements Step {
  readonly path: string;
  readonly content: Buffer;
  readonly mtime: bigint;

  constructor(path: string, seed: number, mtime: number) {
    this.path = path;
    this.content = contentOf(seed, seed * 7000);
    this.mtime = BigInt(mtime);
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, { client, receipts }: Real): Promise<void> {
    const before = client.receipts.length;
    const { wasThere, fields } = await client.put(this.path, this.content, { mtime: this.mtime });
    expect({ wasThere, seq: fields.seq }).toEqual(expected(model, this.path, this.content, this.mtime));
    receipts.push(...client.receipts.slice(before));
  }

  toString(): string {
    return `put ${this.path} ${this.content.length} ${this.mtime}`;
  }
}

/** Opens, sends as far as told, and then commits, cancels, or leaves. */
class Upload implements Step {
  readonly path: string;
  readonly content: Buffer;
  readonly mtime: bigint;
  readonly part: number;
  readonly end: 'commit' | 'keep' | 'drop' | 'leave' | 'wrong-hash';

  constructor(path: string, seed: number, mtime: number, part: number, end: Upload['end']) {
    this.path = path;
    this.content = contentOf(seed, 50_000 + seed * 90_000);
    this.mtime = BigInt(mtime);
    this.part = part;
    this.end = end;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, real: Real): Promise<void> {
    const { path, content, mtime } = this;
    const { client } = real;
    const there = model.stored.get(path);
    const facts = { size: content.length, mtime };
    let opened = await client.open(path, facts);
    if (there?.mtime === mtime && there.content.length === content.length) {
      expect(opened).toMatchObject({ state: 'stored', sha256: hash(there.content) });
      if (there.content.equals(content) && this.end === 'commit') {
        const { wasThere, fields } = await client.commit(opened.stream, content);
        expect({ wasThere, seq: fields.seq }).toEqual({ wasThere: true, seq: there.seq });
        return;
      }
      opened = await client.open(path, { ...facts, startOver: true }, opened.stream);
      expect(opened).toMatchObject({ state: 'new', offset: 0 });
      model.unfinished.delete(path);
    }
    const left = model.unfinished.get(path);
    const same = left?.size === content.length && left.mtime === mtime;
    expect(opened.offset, 'where it goes on').toBe(same ? left.received : 0);

    const { stream, offset } = opened;
    const until =
      this.end === 'commit' || this.end === 'wrong-hash'
        ? content.length
        : Math.floor(content.length * this.part);
    await client.data(stream, offset, content.subarray(offset, until), 30_000);
    const received = Math.max(offset, until);
    model.unfinished.delete(path);
    switch (this.end) {
      case 'commit': {
        const before = client.receipts.length;
        const { wasThere, fields } = await client.commit(stream, content);
        expect({ wasThere, seq: fields.seq }).toEqual(expected(model, path, content, mtime));
        real.receipts.push(...client.receipts.slice(before));
        break;
      }
      case 'wrong-hash':
        expect(await outcomeOfRequest(client.commit(stream, content, { sha256: randomBytes(32) }))).toBe(
          'wrong-hash',
        );
        break;
      case 'drop':
        await client.cancel(stream, 'drop');
        break;
      case 'keep':
        await client.cancel(stream, 'keep');
        model.unfinished.set(path, { size: content.length, mtime, received });
        break;
      case 'leave':
        await client.leave();
        real.client = await V4Client.back(server.port, real.identity);
        model.unfinished.set(path, { size: content.length, mtime, received });
        break;
    }
  }

  toString(): string {
    return `upload ${this.path} ${this.content.length} ${this.mtime} ${this.part} ${this.end}`;
  }
}

class Read implements Step {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, { client }: Real): Promise<void> {
    const there = model.stored.get(this.path);
    if (there) {
      const { content, facts } = await client.fetch(this.path, there.content.length >> 1);
      expect(facts).toMatchObject({ seq: there.seq, mtime: there.mtime, size: there.content.length });
      expect(content.equals(there.content.subarray(there.content.length >> 1))).toBe(true);
    } else {
      expect(await outcomeOfRequest(client.fetch(this.path))).toBe('not-found');
    }
    const listed = await client.listAll();
    const wanted = Array.from(model.stored, ([path, { seq }]) => ({ path, seq }));
    expect(listed.map(({ path, seq }) => ({ path, seq }))).toEqual(
      wanted.toSorted((x, y) => Buffer.compare(Buffer.from(x.path), Buffer.from(y.path))),
    );
  }

  toString(): string {
    return `read ${this.path}`;
  }
}

class KillServer implements Step {
  check(): boolean {
    return true;
  }

  async run(model: Model, real: Real): Promise<void> {
    await server.stop('SIGKILL');
    await server.again();
    real.client = await V4Client.back(server.port, real.identity);
    expect(real.client.welcome.seq).toBe(model.receipts);
    // How much of what had come was on disk is the server's to say.
    for (const [path, { size, mtime }] of model.unfinished) {
      const { stream, state, offset } = await real.client.open(path, { size, mtime });
      if (state === 'stored') continue;
      await real.client.cancel(stream, 'keep');
      model.unfinished.set(path, { size, mtime, received: offset });
    }
  }

  toString(): string {
    return 'kill -9';
  }
}

const path = fc.constantFrom(...PATHS);
const seed = fc.nat(3);
const mtime = fc.nat(1);
const end = fc.constantFrom('commit', 'keep', 'drop', 'leave', 'wrong-hash');
const puts = fc.tuple(path, seed, mtime).map((args) => new Put(...args));
const uploads = fc
  .tuple(path, seed, mtime, fc.constantFrom(0, 0.3, 0.7), end)
  .map((args) => new Upload(...args));
const reads = path.map((name) => new Read(name));
const kills = fc.constant(new KillServer());
const steps = fc.commands(
  [puts, puts, puts, uploads, uploads, uploads, uploads, uploads, reads, ...(LONG ? [kills] : [])],
  {
    maxCommands: STEPS,
    size: 'max',
  },
);

let server: RunningServer;

beforeAll(async () => {
  server = await RunningServer.start();
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

test(
  'any sequence of operations does what the model does',
  { timeout: LONG ? 3_600_000 : 60_000 },
  async () => {
    let clients = 0;
    await fc.assert(
      fc.asyncProperty(steps, async (commands) => {
        const identity = newIdentity();
        const client = await V4Client.joined(server.port, `model ${clients++}`, identity);
        const real: Real = { identity, client, receipts: [] };
        const model: Model = { stored: new Map(), unfinished: new Map(), receipts: 0 };
        await fc.asyncModelRun(() => ({ model, real }), commands);
        checkChain(real.receipts);
        real.client[Symbol.dispose]();
      }),
      { numRuns: RUNS, endOnFailure: !LONG },
    );
  },
);
