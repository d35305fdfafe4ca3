import { describe, expect, it } from 'vitest';
import { V3_RULES } from '../../../src/protocol/v3/frames.ts';
import { decodeRequestHeader, encodeResponse, V3 } from '../../../src/protocol/header.ts';
import { outcomeOf } from '../../support/outcome.ts';
import { vectors } from '../../support/vectors.ts';

describe('decodeRequestHeader', () => {
  it.for(vectors('request-headers'))('$expect: $name', (vector) => {
    const bytes = Buffer.from(vector.hex, 'hex');
    // Codes and sizes are for the frame table to refuse.
    expect(outcomeOf(() => V3_RULES.shapeOf(decodeRequestHeader(bytes, V3_RULES.versions)))).toBe(
      vector.expect,
    );
    if (vector.expect !== 'ok') return;
    const { clientId, version, code, payloadSize } = decodeRequestHeader(bytes, V3_RULES.versions);
    expect({
      client_id: Buffer.from(clientId).toString('hex'),
      version,
      code,
      payload_size: payloadSize,
    }).toEqual({
      client_id: vector.client_id,
      version: vector.version,
      code: vector.code,
      payload_size: vector.payload_size,
    });
  });

  it('keeps the client id when the bytes it came in are used again', () => {
    const bytes = Uint8Array.from(Buffer.from('00112233445546778899aabbccddeeff030304ff000000', 'hex'));
    const { clientId } = decodeRequestHeader(bytes, V3_RULES.versions);
    bytes.fill(0);
    expect(Buffer.from(clientId).toString('hex')).toBe('00112233445546778899aabbccddeeff');
  });

  it('accepts the version bytes 1, 2, 3 and 24 and no other', () => {
    const accepted = Array.from({ length: 256 }, (_, version) => version).filter((version) => {
      const bytes = Buffer.alloc(23);
      bytes.writeUInt8(version, 16);
      return outcomeOf(() => decodeRequestHeader(bytes, V3_RULES.versions)) === 'ok';
    });
    expect(accepted).toEqual([1, 2, 3, 24]);
  });
});

describe('encodeResponse', () => {
  it('is one piece: version 3, code, size, fields in order', () => {
    const frame = encodeResponse(V3, 0x0839, Buffer.of(1, 2), Buffer.of(), Buffer.of(3));
    expect(Buffer.from(frame).toString('hex')).toBe('03' + '3908' + '03000000' + '010203');
  });

  it('has no payload where there are no fields', () => {
    expect(Buffer.from(encodeResponse(V3, 2107)).toString('hex')).toBe('033b0800000000');
  });
});
