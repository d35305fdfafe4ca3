import { describe, expect, it } from 'vitest';
import { responses } from '../../../../src/protocol/v3/responses.ts';
import { vectors } from '../../../support/vectors.ts';

const FRAMES = vectors('responses').flatMap((vector) => (vector.expect === 'ok' ? [vector] : []));

describe('responses of v3', () => {
  it.for(FRAMES)('$name', (vector) => {
    const id = bytes(vector.client_id);
    const key = bytes(vector.wrapped_key_hex);
    const field = bytes(vector.name_field_hex);
    const crc = bytes(vector.crc_hex);
    const frames = new Map<number, () => Uint8Array>([
      [2100, () => responses.registered(id)],
      [2101, () => responses.registrationRefused()],
      [2102, () => responses.aesKey(id, key)],
      [2103, () => responses.fileReceived(id, vector.content_size ?? 0, field, crc)],
      [2104, () => responses.acknowledged(id)],
      [2105, () => responses.reconnected(id, key)],
      [2106, () => responses.reconnectRefused(id)],
      [2107, () => responses.generalError()],
    ]);
    const made = frames.get(vector.code)?.();
    expect(made && Buffer.from(made).toString('hex')).toBe(vector.hex);
  });
});

function bytes(hex: string | undefined): Buffer {
  return Buffer.from(hex ?? '', 'hex');
}
