import { describe, expect, it } from 'vitest';
import { SesameError } from '../../../../src/base/errors.ts';
import {
  decodeCancel,
  decodeCommit,
  decodeData,
  decodeFetch,
  decodeFolder,
  decodeHello,
  decodeJoin,
  decodeKnockKeyWanted,
  decodeList,
  decodeOpen,
  decodePut,
  decodeWaiting,
} from '../../../../src/protocol/v4/requests.ts';
import { refusalFor } from '../../../../src/protocol/v4/refusals.ts';
import { checkV4Path } from '../../../../src/transfer/storage-path.ts';
import { outcomeOf } from '../../../support/outcome.ts';
import { contentOf, frameOf, v4Vectors, type RequestFields } from '../../../support/v4-vectors.ts';

// What the frame table refuses never comes as far as this.
const VECTORS = v4Vectors('requests').filter(
  ({ expect }) => !['truncated', 'bad-payload-size'].includes(expect),
);

/** The fields of a request as a vector has them, paths checked as the engine checks them. */
const DECODERS: Readonly<Record<number, (payload: Buffer) => object>> = {
  1101: (payload) => {
    const { minorVersion, agent } = decodeHello(payload);
    return { minor: minorVersion, agent };
  },
  1102: (payload) => {
    const { token, name } = decodeJoin(payload);
    return { way: token ? 1 : 0, token_hex: token ? hex(token) : '00'.repeat(32), client_name: name };
  },
  1103: (payload) => {
    const { stream, startOver, path, size, mtime, mode } = decodeOpen(payload);
    const known = { size_known: size !== null, start_over: startOver, size: size ?? 0 };
    return { stream: used(stream), ...known, mtime: String(mtime), mode, path: safe(path) };
  },
  1104: (payload) => {
    const { stream, offset } = decodeData(payload.subarray(0, 12));
    return { stream: used(stream), offset, content: payload.toString('hex', 12) };
  },
  1105: (payload) => {
    const { stream, size, sha256 } = decodeCommit(payload);
    return { stream: used(stream), size, sha256: hex(sha256) };
  },
  1106: (payload) => {
    const { stream, path, mtime, mode, sha256, content } = decodePut(payload);
    const facts = { mtime: String(mtime), mode, path: safe(path), sha256: hex(sha256) };
    return { stream: used(stream), ...facts, content: hex(content) };
  },
  1107: (payload) => {
    const { stream, drop } = decodeCancel(payload);
    return { stream: used(stream), what: drop ? 'drop' : 'keep' };
  },
  1108: (payload) => {
    const { stream, path, mtime, mode } = decodeFolder(payload);
    return { stream: used(stream), mtime: String(mtime), mode, path: safe(path) };
  },
  1109: (payload) => {
    const { stream, path, after } = decodeList(payload);
    const checked = [path, after].map((text) => (text === '' ? '' : safe(text)));
    return { stream: used(stream), path: checked[0], after: checked[1] };
  },
  1110: (payload) => {
    const { stream, offset, path } = decodeFetch(payload);
    return { stream: used(stream), offset, path: safe(path) };
  },
  1111: (payload) => ({ stream: used(decodeKnockKeyWanted(payload).stream) }),
  1112: (payload) => {
    const { stream, oldest, ...told } = decodeWaiting(payload);
    return { stream: used(stream), oldest: String(oldest), ...told };
  },
};

describe('payloads of v4 requests', () => {
  it.for(VECTORS)('$name: $expect', (vector) => {
    const frame = frameOf(vector);
    const read = (): object => decodeWith(frame);
    const outcome = outcomeOf(read);
    expect(outcome === 'ok' ? 'ok' : refusalFor(outcome)).toBe(vector.expect);
    if (vector.expect === 'ok') expect(read()).toEqual(wanted(vector));
  });
});

function decodeWith(frame: Buffer): object {
  const decoder = DECODERS[frame.readUInt16LE(17)];
  if (!decoder) throw new Error('a code without a decoder');
  return decoder(frame.subarray(23));
}

function wanted(fields: RequestFields): object {
  switch (fields.type) {
    case 'hello':
      return { minor: fields.minor, agent: fields.agent };
    case 'join': {
      const { way, token_hex, client_name } = fields;
      return { way, token_hex, client_name: client_name ?? null };
    }
    case 'data':
      return { stream: fields.stream, offset: fields.offset, content: hex(contentOf(fields)) };
    case 'put': {
      const { stream, mtime, mode, path, sha256 } = fields;
      return { stream, mtime, mode, path, sha256, content: hex(contentOf(fields)) };
    }
    default:
      return fieldsOnly(fields);
  }
}

/** Without what every vector has. */
function fieldsOnly(fields: object): object {
  const common = ['name', 'expect', 'hex', 'rest_repeat', 'type', 'client_id'];
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !common.includes(name)));
}

function safe(path: string): string {
  checkV4Path(path);
  return path;
}

/** That stream 0 is none is for the session to say; a vector has one fault only. */
function used(stream: number): number {
  if (stream === 0) throw new SesameError('bad-stream', 'stream 0');
  return stream;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
