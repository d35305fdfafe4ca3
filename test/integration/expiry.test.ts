import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DAY } from '../../src/base/clock.ts';
import { Engine, type EnrolledClient } from '../support/engine.ts';
import { FastFolder } from '../support/fast-folder.ts';
import { outcome } from '../support/outcome.ts';

const CONTENT = Buffer.from('nobody confirms this');

let folder: FastFolder;
let engine: Engine;
let client: EnrolledClient;

beforeAll(async () => {
  folder = await FastFolder.create();
  engine = await Engine.open(`${folder.path}/data`);
  client = await engine.enrol('alice');
});
afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

describe('a file that nobody confirms', () => {
  it('is kept for 7 days, and not a millisecond longer', async () => {
    await engine.send(client, 'pending', CONTENT);
    engine.clock.advance(7 * DAY);
    await engine.receiver.dropExpired();
    expect(await engine.incoming()).toHaveLength(1);
    engine.clock.advance(1);
    await engine.receiver.dropExpired();
    expect(await engine.incoming()).toEqual([]);
    expect(await engine.owned()).toEqual([]);
    expect(await outcome(engine.confirm(client, 'pending'))).toBe('no-pending-file');
  });

  it('can be confirmed on the last day', async () => {
    await engine.send(client, 'late', CONTENT);
    engine.clock.advance(7 * DAY);
    await engine.receiver.dropExpired();
    await engine.confirm(client, 'late');
    expect(await engine.stored('alice', 'late')).toEqual(CONTENT);
  });

  it('lives anew when it is sent again', async () => {
    await engine.send(client, 'renewed', CONTENT);
    engine.clock.advance(6 * DAY);
    await engine.send(client, 'renewed', CONTENT);
    engine.clock.advance(6 * DAY);
    await engine.receiver.dropExpired();
    await engine.confirm(client, 'renewed');
    expect(await engine.stored('alice', 'renewed')).toEqual(CONTENT);
  });

  it('is no obstacle to a later send, and leaves the version before it', async () => {
    await engine.send(client, 'again', CONTENT);
    await engine.confirm(client, 'again');
    await engine.send(client, 'again', Buffer.from('dropped'));
    engine.clock.advance(8 * DAY);
    await engine.receiver.dropExpired();
    expect(await engine.stored('alice', 'again')).toEqual(CONTENT);
    const next = Buffer.from('next');
    await engine.send(client, 'again', next);
    await engine.confirm(client, 'again');
    expect(await engine.stored('alice', 'again')).toEqual(next);
  });

  it('is dropped while it waits for another send, too', async () => {
    await engine.send(client, 'waiting', CONTENT);
    await engine.refuse(client, 'waiting');
    engine.clock.advance(8 * DAY);
    await engine.receiver.dropExpired();
    expect(await outcome(engine.giveUp(client, 'waiting'))).toBe('no-pending-file');
  });
});

it('a verified file never expires', async () => {
  await engine.send(client, 'verified', CONTENT);
  await engine.confirm(client, 'verified');
  engine.clock.advance(10_000 * DAY);
  await engine.receiver.dropExpired();
  expect(await engine.stored('alice', 'verified')).toEqual(CONTENT);
});

it('a file whose place was promised does not expire', async () => {
  await engine.send(client, 'promised', CONTENT);
  for (const { row } of await engine.ports.ledger.listOpen()) await engine.ports.ledger.recordIntent(row);
  engine.clock.advance(8 * DAY);
  await engine.receiver.dropExpired();
  await engine.recover();
  expect(await engine.stored('alice', 'promised')).toEqual(CONTENT);
});
