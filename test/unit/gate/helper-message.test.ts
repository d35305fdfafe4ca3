import { describe, expect, test } from 'vitest';
import { parseAddressBytes } from '../../../src/gate/address-bytes.ts';
import {
  decodeAnswer,
  decodeRequest,
  encodeAnswer,
  encodeRequest,
  type HelperAnswer,
  type HelperRequest,
} from '../../../src/gate/helper-message.ts';

const open4: HelperRequest = { command: 'open', address: parseAddressBytes('192.0.2.7'), seconds: 30 };
const open6: HelperRequest = { command: 'open', address: parseAddressBytes('2001:db8::7'), seconds: 86_400 };
const close4: HelperRequest = { command: 'close', address: parseAddressBytes('192.0.2.7') };
const answer: HelperAnswer = {
  command: 'open',
  status: 'failed',
  driver: 'iptables',
  ports: [1357, 8357],
  text: 'no',
};

/** A message with one byte that is different. */
function withByte(message: Buffer, at: number, value: number): Buffer {
  const bytes = Buffer.from(message);
  bytes[at] = value;
  return bytes;
}

describe('a request', () => {
  test('has the bytes of the table', () => {
    expect(encodeRequest(open4).toString('hex')).toBe(
      `01020400c0000207${'00'.repeat(12)}1e000000${'00'.repeat(8)}`,
    );
    expect(encodeRequest(open6).toString('hex')).toBe(
      `0102060020010db800000000000000000000000780510100${'00'.repeat(8)}`,
    );
    expect(encodeRequest({ command: 'remove' }).toString('hex')).toBe(`0105${'00'.repeat(30)}`);
  });

  test.for<HelperRequest>([
    open4,
    open6,
    close4,
    { command: 'state' },
    { command: 'shut' },
    { command: 'remove' },
  ])('$command comes back as it was', (request) => {
    expect(decodeRequest(encodeRequest(request))).toEqual(request);
  });

  test('has 32 bytes, neither fewer nor more', () => {
    const bytes = encodeRequest(open4);
    for (const wrong of [Buffer.alloc(0), bytes.subarray(0, 31), Buffer.concat([bytes, Buffer.alloc(1)])]) {
      expect(() => decodeRequest(wrong)).toThrow('length');
    }
  });

  test.for([
    ['version', open4, 0, 0],
    ['version', open4, 0, 2],
    ['command', open4, 1, 0],
    ['command', open4, 1, 6],
    ['address', open4, 2, 0],
    ['address', open4, 2, 5],
    ['address', open6, 2, 4], // more than 4 bytes of an IPv4 address
    ['address', open4, 8, 1],
    ['address', open4, 19, 1],
    ['address', close4, 2, 0],
    ['address', { command: 'shut' }, 2, 4],
    ['address', { command: 'state' }, 4, 1],
    ['reserved', open4, 3, 1],
    ['reserved', open4, 24, 1],
    ['reserved', open4, 31, 1],
    ['seconds', open4, 20, 0],
    ['seconds', open6, 20, 0x81],
    ['seconds', open4, 23, 0xff],
    ['seconds', close4, 20, 1],
    ['seconds', { command: 'shut' }, 20, 1],
  ] as const)('with a wrong %s is refused (%#)', ([what, request, at, value]) => {
    expect(() => decodeRequest(withByte(encodeRequest(request), at, value))).toThrow(what);
  });
});

describe('an answer', () => {
  test('has the bytes of the table', () => {
    const hex = encodeAnswer(answer).toString('hex');
    expect(hex).toBe(`0102020202004d05a520${'00'.repeat(12)}6e6f${'00'.repeat(40)}`);
    expect(decodeAnswer(encodeAnswer(answer))).toEqual(answer);
  });

  test('has at most 8 ports and 41 bytes of whole characters', () => {
    const ports = [1, 2, 3, 4, 5, 6, 7, 65_535];
    expect(decodeAnswer(encodeAnswer({ ...answer, ports })).ports).toEqual(ports);
    const cut = decodeAnswer(encodeAnswer({ ...answer, text: `${'x'.repeat(40)}é and more` }));
    expect(cut.text).toBe('x'.repeat(40));
    expect(decodeAnswer(encodeAnswer({ ...answer, text: 'y'.repeat(99) })).text).toBe('y'.repeat(41));
    expect(decodeAnswer(encodeAnswer({ ...answer, text: 'a\0b' })).text).toBe('a b');
  });

  test('has 64 bytes, neither fewer nor more', () => {
    const bytes = encodeAnswer(answer);
    for (const wrong of [bytes.subarray(0, 63), Buffer.concat([bytes, Buffer.alloc(1)])]) {
      expect(() => decodeAnswer(wrong)).toThrow('length');
    }
  });

  test.for([
    ['version', 0, 2],
    ['command', 1, 0],
    ['command', 1, 6],
    ['status', 2, 3],
    ['driver', 3, 0],
    ['driver', 3, 3],
    ['ports', 4, 9],
    ['ports', 4, 1],
    ['ports', 5, 1],
    ['ports', 21, 1],
    ['text', 63, 0x61],
    ['text', 25, 0x61],
  ] as const)('with a wrong %s is refused (%#)', ([what, at, value]) => {
    expect(() => decodeAnswer(withByte(encodeAnswer(answer), at, value))).toThrow(what);
  });
});
