import { describe, expect, it } from 'vitest';
import {
  afterCrcWrong,
  afterRequest,
  NEW_DIALECT,
  type Dialect,
  type RequestKind,
} from '../../../src/transfer/dialect.ts';

const SEND: RequestKind = { type: 'send', path: 'a.txt' };
const OTHER_SEND: RequestKind = { type: 'send', path: 'b.txt' };
const VERDICT: RequestKind = { type: 'verdict', path: 'a.txt', givesUp: false };
const OTHER_VERDICT: RequestKind = { type: 'verdict', path: 'b.txt', givesUp: false };
const GIVES_UP: RequestKind = { type: 'verdict', path: 'a.txt', givesUp: true };
const OTHER_GIVES_UP: RequestKind = { type: 'verdict', path: 'b.txt', givesUp: true };
const RECONNECT: RequestKind = { type: 'other' };

/** Refused with a 1030 that was answered or not, and what the client did then. */
function after(answered: boolean, ...requests: RequestKind[]): Dialect {
  const refused = afterCrcWrong(NEW_DIALECT, {
    path: 'a.txt',
    sound: true,
    answered,
    crc: NEW_DIALECT.crc,
    wireCrc: Uint8Array.of(1, 2, 3, 4),
  });
  return requests.reduce(afterRequest, refused);
}

describe.for([true, false])('after a 1030, answered: %s', (answered) => {
  it('a send of the same file says nothing yet', () => {
    expect(after(answered, SEND)).toMatchObject({
      repliesTo1030: answered,
      repliesTo1030Confirmed: false,
      trial: { path: 'a.txt', expects: 'verdict' },
    });
  });

  it.for([
    { what: '1029 or 1030', verdict: VERDICT },
    { what: '1031', verdict: GIVES_UP },
  ])('a send of the same file and then its $what confirm it for good', ({ verdict }) => {
    const confirmed = { repliesTo1030: answered, repliesTo1030Confirmed: true, trial: null };
    expect(after(answered, SEND, verdict)).toMatchObject(confirmed);
    expect(after(answered, SEND, verdict, RECONNECT, OTHER_SEND, VERDICT)).toMatchObject(confirmed);
  });

  it('a 1031 in place of the send leaves all as it was', () => {
    expect(after(answered, GIVES_UP)).toMatchObject({
      repliesTo1030: answered,
      repliesTo1030Confirmed: false,
      trial: null,
    });
  });

  it.for<{ what: string; requests: RequestKind[] }>([
    { what: 'another file', requests: [OTHER_SEND] },
    { what: 'a reconnect', requests: [RECONNECT] },
    { what: 'a verdict on the same file', requests: [VERDICT] },
    { what: 'a verdict on another file', requests: [OTHER_VERDICT] },
    { what: 'a 1031 for another file', requests: [OTHER_GIVES_UP] },
    { what: 'a send and another send', requests: [SEND, SEND] },
    { what: 'a send and another file', requests: [SEND, OTHER_SEND] },
    { what: 'a send and a reconnect', requests: [SEND, RECONNECT] },
    { what: 'a send and a verdict on another file', requests: [SEND, OTHER_VERDICT] },
    { what: 'a send and a 1031 for another file', requests: [SEND, OTHER_GIVES_UP] },
  ])('$what: the other way from then on', ({ requests }) => {
    const flipped = { repliesTo1030: !answered, repliesTo1030Confirmed: false, trial: null };
    expect(after(answered, ...requests)).toMatchObject(flipped);
    expect(after(answered, ...requests, RECONNECT, OTHER_SEND)).toMatchObject(flipped);
  });
});

describe('afterRequest', () => {
  it.for([SEND, VERDICT, GIVES_UP, RECONNECT])(
    'changes nothing where no 1030 came before: $type',
    (request) => {
      expect(afterRequest(NEW_DIALECT, request)).toBe(NEW_DIALECT);
    },
  );

  it('never touches the CRC', () => {
    for (const request of [SEND, OTHER_SEND, VERDICT, GIVES_UP, RECONNECT]) {
      expect(after(true, request)).toMatchObject({ crc: 'cksum-plaintext', crcConfirmed: false });
    }
  });
});
