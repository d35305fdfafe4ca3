import { describe, expect, it } from 'vitest';
import { releaseMemory } from '../../../../src/base/memory.ts';
import { RequestDecoder } from '../../../../src/protocol/decoder.ts';
import { v4Rules } from '../../../../src/protocol/v4/frames.ts';
import { byteByByte, cutAt, decode } from '../../../support/decoding.ts';
import { frameOf, v4Vectors, type V4Failure } from '../../../support/v4-vectors.ts';

const IN = v4Rules(() => true);
const STRANGER = v4Rules(() => false);
const FRAMES = v4Vectors('requests').map((vector) => ({ ...vector, bytes: frameOf(vector) }));
const OF_FRAMES: readonly (V4Failure | 'ok')[] = ['bad-payload-size', 'truncated'];
// What is wrong inside a payload is for the decoders of payloads to say.
const WHOLE = FRAMES.filter(({ expect }) => !OF_FRAMES.includes(expect));
const SHORT = FRAMES.filter(({ bytes }) => bytes.length < 10_000);

describe('RequestDecoder with the rules of v4', () => {
  it.for(WHOLE)('$name: one request, and then at rest', ({ bytes }) => {
    const decoded = decode([bytes], IN);
    expect(decoded).toMatchObject({ outcome: 'ok', state: 'rest', buffered: 0 });
    expect(decoded.requests).toHaveLength(1);
    for (const { payload, bodyBytes, body, endings } of decoded.requests) {
      expect(bytes.toString('hex').slice(46) === payload + body).toBe(true);
      expect(bodyBytes).toBe(body.length / 2);
      expect(endings).toBe(bodyBytes === 0 ? 0 : 1);
    }
  });

  it.for(SHORT)('$name: the same at every split and byte by byte', ({ bytes }) => {
    const whole = decode([bytes], IN);
    for (let at = 0; at <= bytes.length; at += bytes.length > 1000 ? 37 : 1) {
      expect(decode(cutAt(bytes, [at]), IN)).toEqual(whole);
    }
    expect(decode(byteByByte(bytes), IN)).toEqual(whole);
  });

  it.for(FRAMES.filter(({ expect }) => expect === 'bad-payload-size'))('$name: $expect', ({ bytes }) => {
    expect(decode([bytes], IN)).toMatchObject({ requests: [], outcome: 'bad-payload-size', state: 'failed' });
  });

  it.for(FRAMES.filter(({ expect }) => expect === 'truncated'))('$name: waits for more', ({ bytes }) => {
    const { outcome, state } = decode([bytes], IN);
    expect(outcome).toBe('ok');
    expect(state).toMatch(/^(header|payload|body)$/);
  });

  it('takes several requests out of one chunk', () => {
    const all = Buffer.concat(WHOLE.map(({ bytes }) => bytes));
    const apart = WHOLE.flatMap(({ bytes }) => decode([bytes], IN).requests);
    expect(decode([all], IN)).toEqual({ requests: apart, outcome: 'ok', state: 'rest', buffered: 0 });
  });

  it.for(v4Vectors('request-headers'))('header, $name: $expect', (vector) => {
    const { outcome, state } = decode([Buffer.from(vector.hex, 'hex')], IN);
    if (vector.expect === 'truncated')
      expect({ outcome, waits: state }).toEqual({ outcome: 'ok', waits: state });
    else expect(outcome).toBe(vector.expect);
  });

  it.for([1, 22, 23, 30])(
    'waits when the chunk is gone that it has taken up to byte %d of a frame',
    (bytes) => {
      const [frame = Buffer.alloc(0)] = WHOLE.filter(({ name }) => name === 'commit, size 0').map(
        (v) => v.bytes,
      );
      const many = Buffer.concat(Array<Buffer>(100).fill(frame));
      const chunk = Uint8Array.from(Buffer.concat([many, frame.subarray(0, bytes)]));
      const decoder = new RequestDecoder(IN);
      decoder.push(chunk);
      while (decoder.next());
      releaseMemory(chunk);
      expect(chunk.byteLength).toBe(0);
      expect(decoder.next(), 'asked once more').toBeUndefined();
      decoder.push(frame.subarray(bytes));
      expect(decoder.next()?.type).toBe('request');
    },
  );

  it('gathers no payload for a stranger but that of a 1101 and a 1102', () => {
    for (const vector of v4Vectors('request-headers')) {
      if (vector.expect !== 'ok') continue;
      const { outcome } = decode([Buffer.from(vector.hex, 'hex')], STRANGER);
      expect(outcome, vector.name).toBe([1101, 1102].includes(vector.code) ? 'ok' : 'not-joined');
    }
  });
});
