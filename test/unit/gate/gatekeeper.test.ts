import { describe, expect, it } from 'vitest';
import { SesameError } from '../../../src/base/errors.ts';
import { driverToCome, type GateDriver } from '../../../src/gate/driver.ts';
import { Gate } from '../../../src/gate/gate.ts';
import { Gatekeeper } from '../../../src/gate/gatekeeper.ts';
import type { AuthenticKnock, KnockStore, Taking } from '../../../src/gate/ports.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';

const ADA = '192.0.2.7';

/** A driver that writes down what it is told, and can be made to fail. */
class ToldDriver implements GateDriver {
  readonly kind = 'nftables';
  readonly told: string[] = [];
  fault: string | undefined;

  open(address: string, seconds: number): Promise<void> {
    return this.#tell(`open ${address} ${seconds}`);
  }

  close(address: string): Promise<void> {
    return this.#tell(`close ${address}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tell('dispose');
  }

  #tell(what: string): Promise<void> {
    if (this.fault !== undefined) return Promise.reject(new SesameError('gate-failed', this.fault));
    this.told.push(what);
    return Promise.resolve();
  }
}

class MemoryKnockStore implements KnockStore {
  readonly nonces = new Set<string>();
  readonly names = new Map([['11', 'web']]);
  /** Holds the answer back until it resolves. */
  held: Promise<void> = Promise.resolve();

  async take({ id, nonce }: AuthenticKnock): Promise<Taking> {
    await this.held;
    const name = this.names.get(Buffer.from(id).toString('hex').slice(0, 2));
    if (name === undefined) return { outcome: 'unknown' };
    const key = Buffer.from(nonce).toString('hex');
    if (this.nonces.has(key)) return { outcome: 'replayed' };
    this.nonces.add(key);
    return { outcome: 'taken', name };
  }

  joinLines(): Promise<readonly Uint8Array[]> {
    return Promise.resolve([]);
  }
}

function someKeeper(): {
  keeper: Gatekeeper;
  gate: Gate;
  driver: ToldDriver;
  store: MemoryKnockStore;
  clock: FakeClock;
  log: RecordingLogger;
  blocked: Set<string>;
} {
  const clock = new FakeClock();
  const gate = new Gate({ isAllowed: () => false, clock });
  const driver = new ToldDriver();
  const store = new MemoryKnockStore();
  const log = new RecordingLogger();
  const blocked = new Set<string>();
  const isBlocked = (address: string): boolean => blocked.has(address);
  const keeper = new Gatekeeper({ gate, driver, store, openTime: 30_000, isBlocked, clock, log });
  return { keeper, gate, driver, store, clock, log, blocked };
}

let lastNonce = 0;

function knock(changes: Partial<AuthenticKnock> = {}): AuthenticKnock {
  const nonce = Buffer.alloc(16);
  nonce.writeUInt32LE((lastNonce += 1));
  return {
    action: 'open',
    id: Buffer.alloc(16, 0x11),
    by: 'client',
    time: 0,
    nonce,
    address: ADA,
    ...changes,
  };
}

describe('Gatekeeper', () => {
  it('opens the driver and the gate for a knock, and closes both', async () => {
    const { keeper, gate, driver } = someKeeper();
    expect(await keeper.knock(knock())).toBe('opened');
    expect(keeper.list()).toMatchObject([{ address: ADA, by: 'client web' }]);
    expect(await keeper.knock(knock({ action: 'close' }))).toBe('closed');
    expect(gate.admits(ADA)).toBe(false);
    expect(driver.told).toEqual([`open ${ADA} 30`, `close ${ADA}`]);
  });

  it('opens nothing before its rules stand', async () => {
    const { clock, gate, store, log, driver } = someKeeper();
    const parts = { gate, store, clock, log, openTime: 30_000, isBlocked: () => false };
    const keeper = new Gatekeeper({ ...parts, driver: driverToCome('nftables') });
    expect(keeper.fault).toContain('do not stand yet');
    expect(await keeper.knock(knock())).toBe('failed');
    expect(gate.admits(ADA)).toBe(false);
    keeper.attach(driver);
    expect(keeper.fault).toBeUndefined();
    expect(await keeper.knock(knock())).toBe('opened');
    expect(driver.told).toEqual([`open ${ADA} 30`]);
  });

  it('never opens for less than it has already', async () => {
    const { keeper, driver } = someKeeper();
    await keeper.open(ADA, 3_600_000, 'operator');
    expect(await keeper.knock(knock())).toBe('opened');
    expect(driver.told).toEqual([`open ${ADA} 3600`, `open ${ADA} 3600`]);
  });

  it('opens nothing before the nonce is on disk', async () => {
    const { keeper, gate, driver, store } = someKeeper();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    store.held = promise;
    const opened = keeper.knock(knock());
    await new Promise((next) => setImmediate(next));
    expect([gate.admits(ADA), driver.told]).toEqual([false, []]);
    resolve(undefined);
    expect(await opened).toBe('opened');
  });

  it('takes a message once', async () => {
    const { keeper } = someKeeper();
    const once = knock();
    expect([await keeper.knock(once), await keeper.knock(once)]).toEqual(['opened', 'replayed']);
  });

  it('opens for nobody who is unknown or blocked', async () => {
    const { keeper, driver, blocked, store } = someKeeper();
    expect(await keeper.knock(knock({ id: Buffer.alloc(16, 0x22) }))).toBe('unknown');
    blocked.add(ADA);
    expect(await keeper.knock(knock())).toBe('blocked');
    expect(driver.told).toEqual([]);
    // Not even its nonce is written down.
    expect(store.nonces.size).toBe(0);
  });

  it('takes 60 knocks a minute of one client', async () => {
    const { keeper, clock } = someKeeper();
    for (let i = 0; i < 60; i++) expect(await keeper.knock(knock())).toBe('opened');
    expect(await keeper.knock(knock())).toBe('too-many');
    clock.advance(60_000);
    expect(await keeper.knock(knock())).toBe('opened');
  });

  it('takes 600 knocks a minute of one join line, 60 of each address', async () => {
    const { keeper } = someKeeper();
    const knockFrom = (address: string) => keeper.knock(knock({ by: 'join-line', address }));
    for (let i = 0; i < 60; i++) expect(await knockFrom(ADA)).toBe('opened');
    expect(await knockFrom(ADA)).toBe('too-many');
    for (let i = 0; i < 539; i++) expect(await knockFrom(`198.51.100.${i % 250}`)).toBe('opened');
    expect(await knockFrom('203.0.113.1')).toBe('too-many');
  });

  it('stays shut where the driver fails, and says so', async () => {
    const { keeper, gate, driver, log } = someKeeper();
    driver.fault = 'the helper is gone';
    expect(await keeper.knock(knock())).toBe('failed');
    await expect(keeper.open(ADA, 30_000, 'operator')).rejects.toThrow('the helper is gone');
    expect(gate.admits(ADA)).toBe(false);
    expect(keeper.fault).toBe('the helper is gone');
    expect(log.lines.at(0)).toMatchObject({ level: 'error', fields: { why: 'the helper is gone' } });
  });

  it('is shut by close even where the driver fails', async () => {
    const { keeper, gate, driver } = someKeeper();
    await keeper.open(ADA, 30_000, 'operator');
    driver.fault = 'the helper is gone';
    await expect(keeper.close(ADA, 'operator')).rejects.toThrow('the helper is gone');
    expect(gate.admits(ADA)).toBe(false);
  });

  it('opens again, for what is left, when the driver has begun anew', async () => {
    const { keeper, driver, clock } = someKeeper();
    await keeper.open(ADA, 30_000, 'operator');
    await keeper.open('192.0.2.8', 5_000, 'operator');
    clock.advance(10_500);
    driver.told.length = 0;
    await keeper.reopen();
    expect(driver.told).toEqual([`open ${ADA} 20`]);
  });

  it('counts what came of each', async () => {
    const { keeper } = someKeeper();
    await keeper.knock(knock());
    keeper.count('forged', 1000);
    keeper.count('forged');
    expect(Object.fromEntries(keeper.outcomes)).toEqual({ opened: 1, forged: 1001 });
  });
});
