// More content in flight than the window (docs/PROTOCOL.md, 2.4). Over a real connection the server stops reading long before
// that, so whoever sent it all at once is only slowed down: here the requests are put before the handlers themselves.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { noLogger } from '../../src/base/logger.ts';
import { DataHandler } from '../../src/handlers/v4/data-handler.ts';
import { PutHandler } from '../../src/handlers/v4/put-handler.ts';
import type { Answer, Request } from '../../src/handlers/base-request-handler.ts';
import { MachineRegistrar } from '../../src/transfer/machine-registrar.ts';
import { Session } from '../../src/transfer/session.ts';
import { SessionRegistry } from '../../src/transfer/session-registry.ts';
import { MTIME } from '../contract/tables.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FastFolder } from '../support/fast-folder.ts';
import { parseAnswer } from '../support/v4-answers.ts';
import { V4Engine } from '../support/v4-engine.ts';
import { FACTS } from '../support/v4-client.ts';
import { MAX_CHUNK, MAX_PUT, v4Payload } from '../support/v4-frames.ts';

let folder: FastFolder;
let engine: V4Engine;
let session: Session;

beforeEach(async () => {
  folder = await FastFolder.create();
  engine = await V4Engine.open(folder.path);
  const registry = new SessionRegistry();
  const { machine, database } = engine.user;
  const registrar = new MachineRegistrar({
    directory: database.machines,
    requests: database.joinRequests,
    fleetLines: database.fleetLines,
    sessions: registry,
    clock: new FakeClock(),
    log: noLogger,
    openJoining: 'nowhere',
  });
  const { small, large } = engine;
  const events = { taken: () => undefined, refused: () => undefined, ended: () => undefined };
  session = new Session(
    { registrar, registry, small, large, blockedFor: () => 0 },
    { spki: machine.spki, address: '127.0.0.1', fromLoopback: true },
    events,
  );
  await session.hello(machine.id);
});
afterEach(async () => {
  await session.close();
  await engine[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

function request(payload: Uint8Array, bodyBytes = 0): Request {
  return {
    header: { clientId: engine.user.machine.id, version: 4, code: 0, payloadSize: payload.length },
    payload,
    // Nothing of it is taken.
    body: { length: bodyBytes, pipe: () => new Promise<void>(() => undefined) },
    goesOnWithin: async () => false,
    send: async () => undefined,
  };
}

function expectRefused(answer: Answer): void {
  expect(answer).toMatchObject({ closes: true, refusal: { code: 'window-exceeded' } });
  const refused = parseAnswer(Buffer.from(answer.frame ?? []));
  expect(refused).toMatchObject({ type: 'refused', stream: 0, error: 'window-exceeded' });
}

describe('one byte more than the window', () => {
  it('of content in pieces: refused for the connection, closed', async () => {
    const facts = { path: 'f', size: null, mtime: MTIME, mode: 0o644 };
    await session.open(1, facts, false);
    const handler = new DataHandler(session);
    for (let at = 0; at < session.window; at += MAX_CHUNK) {
      const more = handler.handle(request(v4Payload.data(1, at, Buffer.alloc(0)), MAX_CHUNK));
      expect(await Promise.race([more, Promise.resolve('under way')])).toBe('under way');
      // Each goes as far as it does before the next comes, as on a connection.
      await new Promise((resolve) => setImmediate(resolve));
    }
    expectRefused(await handler.handle(request(v4Payload.data(1, session.window, Buffer.alloc(0)), 1)));
  });

  it('of small files: refused for the connection, closed', async () => {
    const content = Buffer.alloc(MAX_PUT);
    const handler = new PutHandler(session);
    const fit = session.window / MAX_PUT;
    const puts = Array.from({ length: fit + 1 }, (_, i) =>
      handler.handle(request(v4Payload.put(i + 1, { ...FACTS, path: `${i}`, content }))),
    );
    const answers = await Promise.all(puts);
    expectRefused(answers.pop() ?? { frame: null });
    expect(answers.filter(({ refusal }) => refusal)).toEqual([]);
  });
});
