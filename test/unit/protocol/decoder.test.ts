import { afterEach, describe, expect, it, vi } from 'vitest';
import { releaseMemory } from '../../../src/base/memory.ts';
import { RequestDecoder } from '../../../src/protocol/decoder.ts';
import { V3_RULES } from '../../../src/protocol/v3/frames.ts';
import { byteByByte, cutAt, decode } from '../../support/decoding.ts';
import { filePayload, nameField, request, REQUEST } from '../../support/v3-frames.ts';
import { vectors } from '../../support/vectors.ts';

const FRAMES = vectors('requests').map((vector) => ({ ...vector, bytes: Buffer.from(vector.hex, 'hex') }));
// What is wrong with a name is for the handler to say: for the decoder it is payload.
const WHOLE = FRAMES.filter(({ expect }) => expect === 'ok' || expect === 'bad-name');

describe('RequestDecoder', () => {
  it.for(WHOLE)('$name: one request, and then at rest', ({ bytes }) => {
    const decoded = decode([bytes]);
    expect(decoded).toMatchObject({ outcome: 'ok', state: 'rest', buffered: 0 });
    expect(decoded.requests).toHaveLength(1);
    for (const { payload, bodyBytes, body, endings } of decoded.requests) {
      expect(bytes.toString('hex').slice(46)).toBe(payload + body);
      expect(bodyBytes).toBe(body.length / 2);
      expect(endings).toBe(bodyBytes === 0 ? 0 : 1);
    }
  });

  it.for(FRAMES)('$name: the same at every split and byte by byte', ({ bytes }) => {
    const whole = decode([bytes]);
    for (let at = 0; at <= bytes.length; at++) expect(decode(cutAt(bytes, [at]))).toEqual(whole);
    expect(decode(byteByByte(bytes))).toEqual(whole);
  });

  it.for(FRAMES.filter(({ expect }) => expect === 'bad-content-size'))('$name: $expect', ({ bytes }) => {
    expect(decode([bytes])).toMatchObject({ requests: [], outcome: 'bad-content-size', state: 'failed' });
  });

  it.for(FRAMES.filter(({ expect }) => expect === 'truncated'))('$name: waits for more', ({ bytes }) => {
    const { outcome, state } = decode([bytes]);
    expect(outcome).toBe('ok');
    expect(state).toMatch(/^(header|payload|body)$/);
  });

  it('takes several requests out of one chunk, streams among them', () => {
    const all = Buffer.concat(WHOLE.map(({ bytes }) => bytes));
    const apart = WHOLE.flatMap(({ bytes }) => decode([bytes]).requests);
    expect(decode([all])).toEqual({ requests: apart, outcome: 'ok', state: 'rest', buffered: 0 });
    expect(decode(byteByByte(all)).requests).toEqual(apart);
  });

  it('tells what it waits for', () => {
    const frame = request(REQUEST.file, filePayload(nameField('a'), Buffer.alloc(32, 7)));
    const decoder = new RequestDecoder(V3_RULES);
    const states = [...byteByByte(frame)].map((byte) => {
      decoder.push(byte);
      while (decoder.next());
      return decoder.state;
    });
    expect(runs(states)).toEqual([
      ['header', 22],
      ['payload', 259],
      ['body', 32],
      ['rest', 1],
    ]);
  });

  it('counts down what is left of a body', () => {
    const frame = request(REQUEST.file, filePayload(nameField('a'), Buffer.alloc(48)));
    const decoder = new RequestDecoder(V3_RULES);
    decoder.push(frame.subarray(0, frame.length - 40));
    decoder.next();
    expect(decoder.bodyLeft).toBe(48);
    decoder.next();
    expect(decoder.bodyLeft).toBe(40);
  });

  it('gives the body as views into the chunk', () => {
    const frame = new Uint8Array(request(REQUEST.file, filePayload(nameField('a'), Buffer.alloc(16))));
    const decoder = new RequestDecoder(V3_RULES);
    decoder.push(frame);
    decoder.next();
    const event = decoder.next();
    expect(event?.type === 'body' && event.chunk.buffer === frame.buffer).toBe(true);
  });

  it('keeps headers and payloads when the memory of their chunk is given back', () => {
    const frame = request(REQUEST.register, nameField('alice'));
    const chunk = new Uint8Array(8192);
    chunk.set(frame);
    const decoder = new RequestDecoder(V3_RULES);
    decoder.push(chunk.subarray(0, frame.length));
    const event = decoder.next();
    releaseMemory(chunk);
    expect(event?.type === 'request' && Buffer.from(event.payload)).toEqual(nameField('alice'));
  });

  it('does not count bytes that were taken when the memory of their chunk is given back', () => {
    const payload = filePayload(nameField('a'), Buffer.alloc(20_000, 1));
    const frame = Uint8Array.from(request(REQUEST.file, payload));
    const [head, tail] = [frame.slice(0, 10_000), frame.slice(10_000)];
    const decoder = new RequestDecoder(V3_RULES);
    for (const chunk of [head, tail]) {
      decoder.push(chunk);
      while (decoder.next());
      releaseMemory(chunk);
      expect(chunk.byteLength).toBe(0);
      expect(decoder.buffered).toBe(0);
    }
    expect(decoder.state).toBe('rest');
  });

  it('refuses a chunk before the last one has been taken', () => {
    const decoder = new RequestDecoder(V3_RULES);
    decoder.push(Buffer.alloc(1));
    expect(decoder.buffered).toBe(1);
    expect(() => decoder.push(Buffer.alloc(1))).toThrow(RangeError);
  });

  it('fails for good', () => {
    const decoder = new RequestDecoder(V3_RULES);
    decoder.push(Buffer.alloc(23));
    expect(() => decoder.next()).toThrow(/version 0/);
    expect(decoder.state).toBe('failed');
    expect(() => decoder.next()).toThrow(/already failed/);
  });
});

describe('RequestDecoder and memory', () => {
  it('can be asked for more when the memory of a chunk that it has taken is gone', () => {
    const frame = new Uint8Array(request(REQUEST.register, nameField('a')));
    for (const part of [10, 23, 100]) {
      const decoder = new RequestDecoder(V3_RULES);
      const chunk = frame.slice(0, part);
      decoder.push(chunk);
      expect(decoder.next()).toBeUndefined();
      chunk.buffer.transfer(0);
      expect(decoder.next()).toBeUndefined();
      decoder.push(frame.slice(part));
      expect(decoder.next()?.type).toBe('request');
    }
  });

  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it('allocates no more than the frame table allows, whatever a header declares', () => {
    const sizes: unknown[] = [];
    const watched = new Proxy(Uint8Array, {
      construct(target, args: unknown[], newTarget): object {
        sizes.push(args[0]);
        return Reflect.construct(target, args, newTarget) as object;
      },
    });
    vi.stubGlobal('Uint8Array', watched);
    for (const code of Object.values(REQUEST)) {
      for (const payloadSize of [0, 255, 259, 415, 1279, 0x7fffffff, 0x80000000, 4_294_967_283, 0xffffffff]) {
        const head = filePayload(nameField('a'), Buffer.alloc(0), 4_294_967_024);
        decode([request(code, head, { payloadSize })]);
      }
    }
    const numbers = sizes.filter((size) => typeof size === 'number');
    expect(numbers.length).toBeGreaterThan(20);
    expect(Math.max(...numbers)).toBe(1279);
  });
});

function runs<T>(values: readonly T[]): [T, number][] {
  const counted: [T, number][] = [];
  for (const value of values) {
    const last = counted.at(-1);
    if (last?.[0] === value) last[1] += 1;
    else counted.push([value, 1]);
  }
  return counted;
}
