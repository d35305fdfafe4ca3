import { duplexPair, type Duplex } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { simpleDriver } from '../../../src/gate/driver.ts';
import { FirewallDriver, type FirewallDriverOptions } from '../../../src/gate/firewall-driver.ts';
import { framesOf } from '../../../src/gate/frames.ts';
import { decodeRequest, encodeAnswer, type HelperAnswer } from '../../../src/gate/helper-message.ts';
import type { HelperConnection } from '../../../src/gate/helper-process.ts';
import { MADE_AGAIN } from '../../../src/gate/helper/serve-requests.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';
import { until } from '../../support/waiting.ts';

type Script = (command: string) => Partial<HelperAnswer> | 'silence' | 'death' | 'nonsense';

/** Helpers that do as a test says, one after the other. */
class ScriptedHelpers {
  readonly asked: string[] = [];
  started = 0;
  script: Script = () => ({});
  refusing: string | undefined;
  #last: (() => void) | undefined;

  readonly connect = async (): Promise<HelperConnection> => {
    this.started += 1;
    const [stream, theirs] = duplexPair();
    const ended = Promise.withResolvers<string>();
    const die = (words: string): void => {
      ended.resolve(words);
      theirs.destroy();
    };
    theirs.on('error', () => {});
    this.#last = () => die('it was killed');
    if (this.refusing === undefined) void this.#serve(theirs, die);
    else die(this.refusing);
    return { stream, ended: ended.promise, kill: () => die('it is gone') };
  };

  die(): void {
    this.#last?.();
  }

  async #serve(stream: Duplex, die: (words: string) => void): Promise<void> {
    try {
      for await (const bytes of framesOf(stream, 32)) {
        const request = decodeRequest(bytes);
        this.asked.push(request.command);
        const reply = this.script(request.command);
        if (reply === 'death') die('nft: it is broken');
        else if (reply === 'nonsense') stream.write(Buffer.alloc(64));
        else if (reply !== 'silence') {
          const { command } = request;
          stream.write(
            encodeAnswer({
              command,
              status: 'done',
              driver: 'nftables',
              ports: [8357, 1357],
              text: '',
              ...reply,
            }),
          );
        }
      }
      die('it ended');
    } catch {
      // destroyed
    }
  }
}

const patience = { start: 300, answer: 100, retry: 5, longestRetry: 20, watch: 3_600_000 };

function setting(more: Partial<FirewallDriverOptions> = {}): {
  helpers: ScriptedHelpers;
  log: RecordingLogger;
  restarts: () => number;
  start: (watch?: number) => Promise<FirewallDriver>;
} {
  const helpers = new ScriptedHelpers();
  const log = new RecordingLogger();
  let restarts = 0;
  const options: FirewallDriverOptions = {
    ...{ kind: 'nftables', ports: [1357, 8357], knockPort: 6257, allow: [], onStop: 'shut', log },
    helperSocket: undefined,
    connect: () => Promise.reject(new Error('not here')),
    onRestart: () => (restarts += 1),
    ...more,
  };
  const start = (watch = patience.watch): Promise<FirewallDriver> =>
    FirewallDriver.start(options, helpers.connect, { ...patience, watch });
  return { helpers, log, restarts: () => restarts, start };
}

describe('the firewall driver', () => {
  test('starts with shut doors, opens, closes, and stops as it is told', async () => {
    const { helpers, start } = setting({ onStop: 'remove' });
    const driver = await start();
    await Promise.all([
      driver.open('192.0.2.7', 30),
      driver.close('2001:db8::7'),
      driver.open('::ffff:192.0.2.9', 1),
    ]);
    expect(driver).toMatchObject({ kind: 'nftables', fault: undefined });
    await driver[Symbol.asyncDispose]();
    await driver[Symbol.asyncDispose]();
    expect(helpers.asked).toEqual(['state', 'shut', 'open', 'close', 'open', 'remove']);
    await expect(driver.open('192.0.2.7', 30)).rejects.toThrow('stopping');
  });

  test('does not start with a helper for other ports, or of another kind', async () => {
    const { helpers, start } = setting();
    helpers.script = () => ({ ports: [22, 80] });
    await expect(start()).rejects.toThrow('protects the ports 22, 80, and the server has 1357, 8357');
    helpers.script = () => ({ driver: 'iptables' });
    await expect(start()).rejects.toThrow('drives iptables, the server wants nftables');
    helpers.script = () => ({ status: 'failed', text: 'no nft' });
    await expect(start()).rejects.toThrow('failed "state": no nft');
  });

  test('says why a helper did not come up', async () => {
    const { helpers, start } = setting();
    helpers.refusing = 'nft: is not installed: apt-get install nftables';
    await expect(start()).rejects.toMatchObject({ code: 'gate-failed', message: helpers.refusing });
    helpers.refusing = undefined;
    helpers.script = () => 'silence';
    await expect(start()).rejects.toThrow('did not answer for 0.3 s');
  });

  test('what the helper refuses or fails is an error, and nothing else changes', async () => {
    const { helpers, start } = setting();
    await using driver = await start();
    helpers.script = () => ({ status: 'failed', text: 'the set is full' });
    await expect(driver.open('192.0.2.7', 30)).rejects.toMatchObject({
      code: 'gate-failed',
      message: 'the gate\'s helper failed "open": the set is full',
    });
    helpers.script = () => ({});
    await driver.open('192.0.2.7', 30);
    expect(driver.fault).toBeUndefined();
    await expect(driver.open('127.0.0.1', 30)).rejects.toThrow('loopback');
    await expect(driver.open('everybody', 30)).rejects.toMatchObject({ code: 'gate-failed' });
  });

  test.for(['death', 'silence', 'nonsense'] as const)(
    'after %s it starts another helper, and tells',
    async (how) => {
      const { helpers, log, restarts, start } = setting();
      await using driver = await start();
      helpers.script = (command) => (command === 'open' ? how : {});
      await expect(driver.open('192.0.2.7', 30)).rejects.toMatchObject({ code: 'gate-failed' });
      await until('it runs again', async () => restarts() === 1);
      helpers.script = () => ({});
      await driver.open('192.0.2.7', 30);
      expect(driver.fault).toBeUndefined();
      expect(helpers.started).toBe(2);
      expect(helpers.asked.slice(-3)).toEqual(['state', 'shut', 'open']);
      expect(log.lines.map(({ level }) => level)).toEqual(['error', 'warning']);
    },
  );

  test('until there is a helper again nothing opens, and it says why', async () => {
    const { helpers, restarts, start } = setting();
    await using driver = await start();
    helpers.refusing = 'nft: it is broken';
    helpers.die();
    await until('it tried again', async () => helpers.started > 3);
    expect(driver.fault).toBe('nft: it is broken');
    await expect(driver.open('192.0.2.7', 30)).rejects.toThrow('nft: it is broken');
    expect(restarts()).toBe(0);
    helpers.refusing = undefined;
    await until('it runs again', async () => restarts() === 1);
    expect(driver.fault).toBeUndefined();
  });

  test('stops while it waits for a helper, and with one that does not answer', async () => {
    const one = setting();
    const driver = await one.start();
    one.helpers.refusing = 'no';
    one.helpers.die();
    await until('it tried again', async () => one.helpers.started > 1);
    await driver[Symbol.asyncDispose]();

    const other = setting();
    const silent = await other.start();
    other.helpers.script = () => 'silence';
    await silent[Symbol.asyncDispose]();
    expect(other.log.lines).toMatchObject([{ level: 'error', message: 'the gate’s rules stay' }]);
  });

  test('stops a helper that comes up while the server stops, and shuts what it may not remove', async () => {
    const { helpers, restarts, start } = setting({ onStop: 'remove' });
    const driver = await start();
    const stopped: Promise<void>[] = [];
    helpers.script = (command) => {
      if (command === 'state') stopped.push(driver[Symbol.asyncDispose]());
      return command === 'remove' ? { status: 'refused', text: 'no' } : {};
    };
    helpers.die();
    await until('it was started again', async () => stopped.length > 0);
    await Promise.all(stopped);
    expect(helpers.asked.slice(-4)).toEqual(['state', 'shut', 'remove', 'shut']);
    expect(restarts()).toBe(0);
  });

  test('tells when the rules had to be made again', async () => {
    const { helpers, restarts, start } = setting();
    await using driver = await start(20);
    helpers.script = (command) => (command === 'open' ? { text: MADE_AGAIN } : {});
    await driver.open('192.0.2.7', 30);
    expect(restarts()).toBe(1);
    helpers.script = () => ({ text: MADE_AGAIN });
    await until('it looked', async () => restarts() > 1);
    helpers.script = () => ({ status: 'failed', text: 'no rules' });
    await until('it looked', async () => driver.fault?.includes('no rules') === true);
    helpers.script = () => ({});
    await until('it looked', async () => driver.fault === undefined);
  });

  test('more requests than a queue holds are refused', async () => {
    const { helpers, start } = setting();
    await using driver = await start();
    helpers.script = () => ({});
    const all = await Promise.allSettled(Array.from({ length: 1100 }, () => driver.open('192.0.2.7', 30)));
    const refused = all.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(99);
    expect(refused[0]).toMatchObject({ reason: { code: 'gate-failed' } });
  });
});

test('the simple driver does nothing, and never fails', async () => {
  await simpleDriver.open('192.0.2.7', 30);
  await simpleDriver.close('192.0.2.7');
  expect(simpleDriver).toMatchObject({ kind: 'simple', fault: undefined });
  await simpleDriver[Symbol.asyncDispose]();
});
