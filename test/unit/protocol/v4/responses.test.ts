import { describe, expect, it } from 'vitest';
import { REFUSALS } from '../../../../src/protocol/v4/refusals.ts';
import { v4Responses, type Entry } from '../../../../src/protocol/v4/responses.ts';
import { V4_ERRORS } from '../../../support/v4-errors.ts';
import { contentOf, frameOf, v4Vectors, type ResponseFields } from '../../../support/v4-vectors.ts';

const VECTORS = v4Vectors('responses').filter((vector) => vector.expect === 'ok');

describe('v4Responses', () => {
  it.for(VECTORS.filter(isMadeByServers))('$name', (vector) => {
    expect(Buffer.from(encode(vector)).toString('hex')).toBe(frameOf(vector).toString('hex'));
  });

  it('cuts a reason at 1,024 bytes, and cuts no character', () => {
    const frame = Buffer.from(v4Responses.refused(1, 'busy', `x${'é'.repeat(600)}`));
    expect(frame.toString('utf8', 7 + 6)).toBe(`x${'é'.repeat(511)}`);
  });

  it('numbers the errors as the page does', () => {
    expect(Object.keys(REFUSALS)).toEqual([...V4_ERRORS]);
    expect(Object.values(REFUSALS)).toEqual(V4_ERRORS.map((_, index) => index + 1));
  });
});

/** A stored version is answered with offset 0: there is nothing to go on from. No flag is set that nobody knows. */
function isMadeByServers(fields: ResponseFields): boolean {
  if (fields.type === 'welcome') return fields.canonical ?? true;
  return !(fields.type === 'opened' && fields.state === 'stored');
}

function encode(fields: ResponseFields): Uint8Array {
  switch (fields.type) {
    case 'welcome':
      return v4Responses.welcome({
        writeOnly: fields.write_only,
        hasKnockKeys: fields.has_knock_keys,
        takesWaiting: fields.takes_waiting,
        clientId: bytes(fields.client_id),
        window: fields.window,
        receiptKey: bytes(fields.receipt_key_hex),
        lastReceipt: fields.seq === 0 ? null : { seq: fields.seq, hash: bytes(fields.head) },
        name: fields.client_name,
      });
    case 'refused':
      return v4Responses.refused(fields.stream, fields.error, fields.message);
    case 'opened':
      return v4Responses.opened(fields.stream, fields.state === 'new' ? 'new' : 'resumed', fields.offset);
    case 'window':
      return v4Responses.window(fields.taken);
    case 'receipt': {
      const { stream, there_already, receipt_hex, signature_hex } = fields;
      return v4Responses.receipt(stream, there_already, bytes(receipt_hex), bytes(signature_hex));
    }
    case 'done':
      return v4Responses.done(fields.stream);
    case 'listing':
      return v4Responses.listing(fields.stream, fields.more, fields.entries.map(typed));
    case 'file':
      return v4Responses.file(fields.stream, typed(fields));
    case 'content':
      return v4Responses.content(fields.stream, fields.offset, contentOf(fields));
    case 'knock-key':
      return v4Responses.knockKey(fields.stream, fields.port, bytes(fields.key_hex));
  }
}

function typed<T extends { mtime: string; sha256: string }>(
  fields: T,
): Omit<T, 'mtime' | 'sha256'> & Pick<Entry, 'mtime' | 'sha256'> {
  return { ...fields, mtime: BigInt(fields.mtime), sha256: bytes(fields.sha256) };
}

function bytes(hex: string): Uint8Array {
  return Buffer.from(hex, 'hex');
}
