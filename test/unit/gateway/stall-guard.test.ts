import type { FastifyRequest } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { StallGuard } from '../../../src/gateway/stall-guard.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const STALL_TIME = 30_000;

/** A request of which only the bytes count. */
class Peer {
  readonly socket = { bytesRead: 0, bytesWritten: 0, writableLength: 0 };
  complete = false;
  readableLength = 0;
  destroyed = false;

  destroy(): void {
    this.destroyed = true;
  }

  get request(): FastifyRequest {
    return { raw: this } as unknown as FastifyRequest;
  }
}

const clock = new FakeClock();
const guard = new StallGuard(clock, () => STALL_TIME);

afterEach(() => {
  guard[Symbol.dispose]();
});

/** Whether the guard cuts it off when so much time has passed, in steps of a second, each with these bytes. */
function isCut(peer: Peer, ms: number, bytesPerSecond = 0): boolean {
  guard.watch(peer.request, () => undefined);
  for (let time = 0; time < ms; time += 1000) {
    clock.advance(1000);
    peer.socket.bytesRead += bytesPerSecond;
    guard.check();
  }
  return peer.destroyed;
}

describe('a body that is due', () => {
  it('and does not come: cut off, and not a moment before', () => {
    expect(isCut(new Peer(), STALL_TIME - 1000)).toBe(false);
    expect(isCut(new Peer(), STALL_TIME + 1000)).toBe(true);
  });

  it('and drips: cut off; one that gets on is left alone', () => {
    expect(isCut(new Peer(), 2 * STALL_TIME, 100)).toBe(true);
    expect(isCut(new Peer(), 4 * STALL_TIME, 1000)).toBe(false);
  });

  it('while we have not read what is there: it is us who are slow', () => {
    const peer = new Peer();
    peer.readableLength = 1;
    expect(isCut(peer, 4 * STALL_TIME)).toBe(false);
  });
});

describe('an answer', () => {
  it('that nobody reads: cut off', () => {
    const peer = new Peer();
    peer.complete = true;
    peer.socket.writableLength = 1;
    expect(isCut(peer, STALL_TIME + 1000)).toBe(true);
  });

  it('that we are still thinking about: left alone', () => {
    const peer = new Peer();
    peer.complete = true;
    expect(isCut(peer, 4 * STALL_TIME)).toBe(false);
  });
});

it.for([{ destroyed: true }, { stream: { destroyed: true } }])(
  'a session of HTTP/2 that is gone throws at whoever asks for its socket, and nobody asks: %j',
  (gone) => {
    const peer = new Peer();
    guard.watch(peer.request, () => undefined);
    Object.assign(peer, gone);
    Object.defineProperty(peer, 'socket', {
      get: () => {
        throw new Error('ERR_HTTP2_SOCKET_UNBOUND');
      },
    });
    expect(() => {
      guard.check();
    }).not.toThrow();
  },
);
