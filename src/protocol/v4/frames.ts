import { SesameError } from '../../base/errors.ts';
import { shapeFrom, type FrameRule, type FrameRules } from '../frames.ts';
import { NAME_FIELD_BYTES } from '../names.ts';
import { V4RequestCode } from './codes.ts';

export const MAX_PATH_BYTES = 4096;
export const MAX_CHUNK_BYTES = 262_144;
export const MAX_SMALL_FILE_BYTES = 65_536;
export const TOKEN_BYTES = 32;
export const SHA256_BYTES = 32;

/** Bytes before the content of a 1104. */
const DATA_HEAD_BYTES = 12;
/** Bytes before the path of a 1106. */
const PUT_HEAD_BYTES = 54;
const MAX_AGENT_BYTES = 200;
/** Bytes before the text of a 1112, and of the text. */
const WAITING_HEAD_BYTES = 36;
const MAX_WHY_BYTES = 512;

const LOGIN_RULES: ReadonlyMap<number, FrameRule> = new Map<number, FrameRule>([
  [V4RequestCode.hello, { min: 4, max: 4 + MAX_AGENT_BYTES }],
  [V4RequestCode.join, fixed(1 + TOKEN_BYTES + NAME_FIELD_BYTES)],
]);

const RULES: ReadonlyMap<number, FrameRule> = new Map<number, FrameRule>([
  ...LOGIN_RULES,
  [V4RequestCode.open, withPath(27)],
  [
    V4RequestCode.data,
    {
      min: DATA_HEAD_BYTES + 1,
      max: DATA_HEAD_BYTES + MAX_CHUNK_BYTES,
      stream: { headBytes: DATA_HEAD_BYTES, bodyBytes: (payloadSize) => payloadSize - DATA_HEAD_BYTES },
    },
  ],
  [V4RequestCode.commit, fixed(12 + SHA256_BYTES)],
  [
    V4RequestCode.put,
    { min: PUT_HEAD_BYTES + 1, max: PUT_HEAD_BYTES + MAX_PATH_BYTES + MAX_SMALL_FILE_BYTES },
  ],
  [V4RequestCode.cancel, fixed(5)],
  [V4RequestCode.folder, withPath(18)],
  [V4RequestCode.list, { min: 8, max: 8 + 2 * MAX_PATH_BYTES }],
  [V4RequestCode.fetch, withPath(14)],
  [V4RequestCode.knockKey, fixed(4)],
  [V4RequestCode.waiting, { min: WAITING_HEAD_BYTES, max: WAITING_HEAD_BYTES + MAX_WHY_BYTES }],
]);

function fixed(bytes: number): FrameRule {
  return { min: bytes, max: bytes };
}

function withPath(headBytes: number): FrameRule {
  return { min: headBytes + 1, max: headBytes + MAX_PATH_BYTES };
}

/**
 * PROTOCOL.md 2.2: the table of requests. Who is not in yet has two of them, both short: nothing larger is gathered for a
 * stranger.
 *
 * @param isIn whether this connection's client has been welcomed
 */
export function v4Rules(isIn: () => boolean): FrameRules {
  return {
    versions: new Set([4]),
    shapeOf: (header) => {
      if (isIn()) return shapeFrom(RULES, header);
      if (RULES.has(header.code) && !LOGIN_RULES.has(header.code)) {
        throw new SesameError('not-joined', `a ${header.code} before the welcome`);
      }
      return shapeFrom(LOGIN_RULES, header);
    },
  };
}
