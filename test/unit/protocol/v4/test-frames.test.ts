// The frames that the tests themselves make and read, held to the vectors: they share no code with src/.
import { describe, expect, it } from 'vitest';
import { answerLength, parseAnswer, type V4Answer } from '../../../support/v4-answers.ts';
import { V4_REQUEST, v4Payload, v4Request } from '../../../support/v4-frames.ts';
import { parseReceipt, signatureHolds } from '../../../support/v4-receipts.ts';
import { contentOf, frameOf, v4Vectors, type RequestFields } from '../../../support/v4-vectors.ts';
import { nameField } from '../../../support/v3-frames.ts';

const REQUESTS = v4Vectors('requests').filter((vector) => vector.expect === 'ok');

describe('the frames of the tests', () => {
  it.for(REQUESTS.filter((vector) => vector.type !== 'join' || vector.client_name !== undefined))(
    'request: $name',
    (vector) => {
      const frame = v4Request(V4_REQUEST[vector.type], bytes(vector.client_id), payloadOf(vector));
      expect(frame.toString('hex')).toBe(frameOf(vector).toString('hex'));
    },
  );

  it.for(v4Vectors('responses'))('response: $expect: $name', (vector) => {
    const frame = frameOf(vector);
    const read = (): V4Answer | undefined => {
      const length = answerLength(frame);
      return length === undefined || frame.length < length ? undefined : parseAnswer(frame);
    };
    if (vector.expect === 'ok') expect(read()).toMatchObject({ type: vector.type });
    else if (vector.expect === 'truncated') expect(read()).toBeUndefined();
    else if (vector.expect !== 'bad-path') expect(read).toThrow();
  });

  it.for(v4Vectors('receipts'))('receipt: $expect: $name', (vector) => {
    const receipt = Buffer.from(vector.receipt_hex, 'hex');
    if (vector.expect === 'ok') expect(parseReceipt(receipt)).toMatchObject(vector.fields);
    else if (vector.name !== 'path not safe') expect(() => parseReceipt(receipt)).toThrow();
  });

  it.for(v4Vectors('signatures'))('signature: $expect: $name', (vector) => {
    const [key, message, blob] = [vector.key_hex, vector.message_hex, vector.blob_hex].map(bytes);
    if (!key || !message || !blob) throw new Error('a vector without its bytes');
    expect(signatureHolds(key, message, blob)).toBe(vector.expect === 'ok');
  });
});

function payloadOf(fields: RequestFields): Buffer {
  switch (fields.type) {
    case 'hello':
      return v4Payload.hello(fields.agent, fields.minor, fields.flags);
    case 'join':
      return v4Payload.join(fields.way, bytes(fields.token_hex), nameField(fields.client_name ?? ''));
    case 'open': {
      const { stream, size_known, size, start_over, mode, path } = fields;
      const facts = { size: size_known ? size : null, startOver: start_over, mtime: BigInt(fields.mtime) };
      return v4Payload.open(stream, { ...facts, mode, path });
    }
    case 'data':
      return v4Payload.data(fields.stream, fields.offset, contentOf(fields));
    case 'commit':
      return v4Payload.commit(fields.stream, fields.size, bytes(fields.sha256));
    case 'put': {
      const { stream, mode, path } = fields;
      const facts = { mode, path, mtime: BigInt(fields.mtime), sha256: bytes(fields.sha256) };
      return v4Payload.put(stream, { ...facts, content: contentOf(fields) });
    }
    case 'cancel':
      return v4Payload.cancel(fields.stream, fields.what);
    case 'folder':
      return v4Payload.folder(fields.stream, { ...fields, mtime: BigInt(fields.mtime) });
    case 'list':
      return v4Payload.list(fields.stream, fields.path, fields.after);
    case 'fetch':
      return v4Payload.fetch(fields.stream, fields.offset, fields.path);
    case 'knock-key':
      return v4Payload.knockKey(fields.stream);
    case 'waiting':
      return v4Payload.waiting(fields.stream, { ...fields, oldest: BigInt(fields.oldest) });
  }
}

function bytes(hex: string): Buffer {
  return Buffer.from(hex, 'hex');
}
