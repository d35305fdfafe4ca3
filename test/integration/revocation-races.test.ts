// A client that comes in while it is revoked (docs/PROTOCOL.md, 2.3): whichever is first, it is not in afterwards.
import { expect, it } from 'vitest';
import { noLogger } from '../../src/base/logger.ts';
import { MachineRegistrar } from '../../src/transfer/machine-registrar.ts';
import { Session, type SessionEvents } from '../../src/transfer/session.ts';
import { SessionRegistry } from '../../src/transfer/session-registry.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FastFolder } from '../support/fast-folder.ts';
import { outcome } from '../support/outcome.ts';
import { V4Engine } from '../support/v4-engine.ts';

it('a hundred hellos at once with a revocation among them: each is refused, or ended', async () => {
  await using folder = await FastFolder.create();
  await using engine = await V4Engine.open(folder.path);
  const { machine, database } = engine.user;
  const sessions = new SessionRegistry();
  const clock = new FakeClock();
  const directory = database.machines;
  const registrar = new MachineRegistrar({
    ...{ directory, sessions, clock, openJoining: 'nowhere', log: noLogger },
    requests: database.joinRequests,
    fleetLines: database.fleetLines,
  });
  const { small, large } = engine;
  const fates = Array.from({ length: 100 }, async (_, i) => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const events: SessionEvents = {
      taken: () => undefined,
      refused: () => undefined,
      ended: ({ code }) => {
        resolve(code);
      },
    };
    const peer = { spki: machine.spki, address: '127.0.0.1', fromLoopback: true };
    const session = new Session(
      { registrar, registry: sessions, small, large, blockedFor: () => 0 },
      peer,
      events,
    );
    if (i === 50) void registrar.revoke(machine.name);
    const hello = await outcome(session.hello(machine.id));
    return hello === 'ok' ? promise : hello;
  });
  expect(new Set(await Promise.all(fates))).toEqual(new Set(['revoked']));
});
