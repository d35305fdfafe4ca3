import { describe, expect, it } from 'vitest';
import {
  decodeFileHead,
  decodeNameRequest,
  decodePublicKeyRequest,
} from '../../../../src/protocol/v3/requests.ts';
import { decode, type DecodedRequest } from '../../../support/decoding.ts';
import { outcomeOf } from '../../../support/outcome.ts';
import { vectors } from '../../../support/vectors.ts';

const TYPES = new Map([
  [1025, 'register'],
  [1026, 'public-key'],
  [1027, 'reconnect'],
  [1028, 'file'],
  [1029, 'crc-ok'],
  [1030, 'crc-wrong'],
  [1031, 'crc-give-up'],
]);

describe('requests of v3', () => {
  it.for(vectors('requests'))('$expect: $name', (vector) => {
    const bytes = Buffer.from(vector.hex, 'hex');
    const { requests, outcome, state } = decode([bytes]);
    if (outcome !== 'ok') expect(outcome).toBe(vector.expect);
    else if (state !== 'rest') expect('truncated').toBe(vector.expect);
    else {
      const [request] = requests;
      expect(outcomeOf(() => request && fieldsOf(request))).toBe(vector.expect);
      if (vector.expect === 'ok') expect(vector).toMatchObject(request ? fieldsOf(request) : {});
    }
  });
});

/** What the request says, in the words of the vectors. */
function fieldsOf(request: DecodedRequest): Record<string, unknown> {
  const { clientId, version, code, body } = request;
  const type = TYPES.get(code);
  const common = { client_id: clientId, version, type };
  const payload = Buffer.from(request.payload, 'hex');
  switch (type) {
    case 'register':
      return { ...common, client_name: decodeNameRequest(payload) };
    case 'reconnect':
      return common; // its name is ignored
    case 'public-key':
      return { ...common, key_hex: hex(decodePublicKeyRequest(payload)) };
    case 'file': {
      const head = decodeFileHead(payload);
      const inside = request.payloadSize === 259 + head.contentSize;
      return {
        ...common,
        content_size: head.contentSize,
        file_name: head.name,
        name_field_hex: hex(head.nameField),
        content_hex: body,
        content: inside ? 'inside' : 'outside',
      };
    }
    default:
      return { ...common, file_name: decodeNameRequest(payload) };
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
