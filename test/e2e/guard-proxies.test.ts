// Behind proxies that say for whom they ask, these are counted, and not the proxies (docs/GUARD.md 1; HTTP.md 5).
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isSubject } from '../../src/guard/subject.ts';
import { askFrom, BEHIND_BALANCER } from '../support/from-source.ts';
import { HAS_IPV6 } from '../support/network.ts';
import { scoreOf, suspect, suspects, untilBlocked } from '../support/suspects.ts';
import { ask, WebServer, type WebAnswer, type WebRequest } from '../support/web.ts';

const PROXY = '192.0.2.80';

let web: WebServer;
let sources = 0;

beforeAll(async () => {
  web = await WebServer.start(...BEHIND_BALANCER, '--http-proxies', `${PROXY},::1`);
});
afterAll(() => web[Symbol.asyncDispose]());

function stranger(): string {
  return `198.51.100.${++sources}`;
}

function asks(source: string, path: string, asked: WebRequest = {}): Promise<WebAnswer> {
  return askFrom(source, web.origin, path, asked);
}

describe('behind a proxy', () => {
  const forwarded = (from: string): WebRequest => ({ headers: { 'x-forwarded-for': from } });

  test('X-Forwarded-For says who is counted and who is blocked', async () => {
    const source = stranger();
    await untilBlocked(web.server, source, () => asks(PROXY, '/../etc', forwarded(`127.0.0.1, ${source}`)));
    expect((await asks(PROXY, '/', forwarded(source))).status).toBe(403);
    expect((await asks(PROXY, '/', forwarded(stranger()))).status).toBe(200);
    expect((await asks(PROXY, '/')).status).toBe(200);
    expect(await suspect(web.server, PROXY)).toBeUndefined();
  });

  test('from anybody else it says nothing', async () => {
    const [liar, victim] = [stranger(), stranger()];
    await untilBlocked(web.server, liar, () => asks(liar, '/../etc', forwarded(victim)));
    expect(await suspect(web.server, victim)).toBeUndefined();
  });

  test.for(['unknown', '_hidden', '198.51.100.7:4711', "x' --", '1.2.3'])(
    'what is no address (%s) is nobody, the proxy is not counted for it, and what is kept can be read again',
    async (from) => {
      await asks(PROXY, '/../etc', forwarded(from));
      const known = await suspects(web.server);
      expect(known.filter(({ who }) => !isSubject(who))).toEqual([]);
      expect(known.map(({ who }) => who)).not.toContain(PROXY);
    },
  );

  test.skipIf(!HAS_IPV6)('that no balancer stands before, all the same', async () => {
    const source = stranger();
    const origin = `http://[::1]:${web.port}`;
    await ask(origin, '/../etc', forwarded(source));
    expect(await scoreOf(web.server, source)).toBeCloseTo(5, 0);
    await ask(origin, '/../etc', forwarded('unknown'));
    expect((await suspects(web.server)).filter(({ who }) => !isSubject(who))).toEqual([]);
  });
});
