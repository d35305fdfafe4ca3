// Combinations of habits that stand for the programs in the field. Together they cover every dialect of
// docs/PROTOCOL.md, 1.5, and every oddity of 1.1.
import type { Habits } from './simulated-client.ts';

const filler = Buffer.alloc(16, 0xcc);
const garbage = Buffer.from('left over from another name \xff\xfe', 'latin1');

export const PROFILES: Readonly<Record<string, Partial<Habits>>> = {
  'the origin': {},
  'cksum over plaintext, a 2104 is final': {
    crc: 'cksum-plaintext',
    after1030: 'listens',
    needsAckPayload: true,
    registerId: filler,
  },
  'cksum over ciphertext, three sends, ids as C strings': {
    version: 1,
    crc: 'cksum-ciphertext',
    connections: 'per-request',
    sends: 3,
    ids: 'c-string',
  },
  'cksum over ciphertext, a 2104 is final': { crc: 'cksum-ciphertext', after1030: 'listens' },
  'zlib over plaintext, in a hurry': {
    version: 2,
    crc: 'zlib-plaintext',
    after1030: 'hurries',
    nameRest: garbage,
  },
  'zlib over plaintext, skips a 2104': {
    crc: 'zlib-plaintext',
    after1030: 'skips',
    needsWholeResponses: true,
  },
  'big-endian, one connection per request': {
    version: 24,
    crc: 'zlib-plaintext-be',
    connections: 'per-request',
    ids: 'hex-pairs',
    needsWholeResponses: true,
  },
  'big-endian, three sends, a 2104 is final': { crc: 'zlib-plaintext-be', after1030: 'listens', sends: 3 },
  'big-endian, in a hurry': { crc: 'zlib-plaintext-be', after1030: 'hurries' },
  'content outside the payload': { content: 'outside', nameRest: garbage, needsAckPayload: true },
  'content outside the payload, one connection per request': {
    content: 'outside',
    crc: 'cksum-plaintext',
    connections: 'per-request',
    sends: 3,
    registerId: Buffer.from('0123456789abcdef'),
  },
  'whole responses only, e = 3': {
    crc: 'cksum-plaintext',
    key: { bits: 1024, exponent: 3 },
    needsWholeResponses: true,
    needsAckPayload: true,
  },
  'e = 65537': { key: { bits: 1024, exponent: 65537 } },
  'RSA-2048': { key: { bits: 2048, exponent: 65537 }, crc: 'cksum-plaintext' },
};
