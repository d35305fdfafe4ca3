import { describe, expect, it } from 'vitest';
import { decodePut } from '../../../../src/protocol/v4/requests.ts';
import { checkV4Path } from '../../../../src/transfer/storage-path.ts';
import { outcomeOf } from '../../../support/outcome.ts';
import { v4Payload } from '../../../support/v4-frames.ts';
import { v4Vectors } from '../../../support/v4-vectors.ts';

const FACTS = { content: Buffer.of(1), mtime: 0n, mode: 0 };

describe('paths of v4', () => {
  it.for(v4Vectors('paths'))('$name: $expect', (vector) => {
    const payload = v4Payload.put(1, { ...FACTS, path: Buffer.from(vector.path_hex, 'hex') });
    const outcome = outcomeOf(() => checkV4Path(decodePut(payload).path));
    expect(outcome).toBe(vector.expect);
    if (vector.expect === 'ok') expect(decodePut(payload).path, 'it arrives unchanged').toBe(vector.path);
  });
});
