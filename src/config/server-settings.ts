import { z } from 'zod';
import { CRC_VARIANTS } from '../crypto/crc-variants.ts';
import {
  atLeastOne,
  hostAndPort,
  number,
  port,
  seconds,
  text,
  yesOrNo,
  type Setting,
} from './setting-schemas.ts';
import { sizeInBytes } from './size.ts';

/** The server itself, its log, and the two versions of the protocol. */
export const SERVER_SETTINGS = {
  host: {
    flag: '--host <address>',
    help: 'address to listen on; without it 127.0.0.1 and ::1, the same port on both',
    schema: text.optional(),
  },
  port: {
    flag: '--port <number>',
    help: 'transfer port; 0 for any free one. Default: port.info in the working folder, else 1357 or the next free one',
    schema: port.optional(),
  },
  'data-dir': {
    flag: '--data-dir <folder>',
    help: 'where everything is kept',
    schema: text.default('./data'),
  },
  debug: {
    flag: '--debug',
    help: 'log level DEBUG, traced handlers, and every CRC wrong on purpose, so that a client’s retries can be watched',
    schema: yesOrNo,
  },
  trace: { flag: '--trace', help: 'log calls and results of the request handlers', schema: yesOrNo },
  encrypt: {
    flag: '--encrypt',
    help: 'store files as the ciphertext that came; build and launch the client to send its own sources',
    schema: yesOrNo,
  },
  'log-level': {
    flag: '--log-level <levels>',
    help: 'debug, info, warning, error or critical; for one module: storage=debug,info',
    schema: text.default('info'),
  },
  'log-format': {
    flag: '--log-format <format>',
    help: 'pretty or json',
    schema: z.enum(['pretty', 'json']).default('pretty'),
  },
  'idle-exit': {
    flag: '--idle-exit <seconds>',
    help: 'end when nobody has been connected for so long (not with --debug)',
    schema: seconds.optional(),
  },
  'grace-time': {
    flag: '--grace-time <seconds>',
    help: 'at the end, how long uploads that are under way may take',
    schema: number.pipe(z.number().min(0).max(86_400)).default(30),
  },
  'max-upload': {
    flag: '--max-upload <size>',
    help: 'the largest upload, in bytes or with K, M, G',
    schema: sizeInBytes.optional(),
  },
  'ready-file': {
    flag: '--ready-file <path>',
    help: 'write the addresses there as JSON once connections are accepted',
    schema: text.optional(),
  },
  'v3.access': {
    flag: '--v3 <who>',
    help: 'who may speak v3, which cannot be made secure: loopback, off, or networks (10.1.0.0/16,…)',
    schema: text.default('loopback'),
  },
  'v3.crc': {
    flag: '--v3-crc <variant>',
    help: `CRC in 2103: auto, ${CRC_VARIANTS.join(', ')}`,
    schema: z.enum(['auto', ...CRC_VARIANTS]).default('auto'),
  },
  'v3.reply-1030': {
    flag: '--v3-reply-1030 <when>',
    help: 'whether a 1030 is answered: auto, always, never',
    schema: z.enum(['auto', 'always', 'never']).default('auto'),
  },
  'v3.ack-payload': {
    flag: '--v3-ack-payload <bytes>',
    help: 'payload of 2104 and 2106: 16 or 0',
    schema: number.pipe(z.union([z.literal(16), z.literal(0)])).default(16),
  },
  'v3.max-sends': {
    flag: '--v3-max-sends <number>',
    help: 'how often one file is let through, 1 to 4',
    schema: number.pipe(z.number().int().min(1).max(4)).default(4),
  },
  'v3.idle-timeout': {
    flag: '--v3-idle-timeout <seconds>',
    help: 'how long a connection may rest between requests',
    schema: seconds.default(600),
  },
  'idle-timeout': {
    flag: '--idle-timeout <seconds>',
    help: 'how long a v4 connection may rest with nothing under way',
    schema: seconds.default(600),
  },
  join: {
    flag: '--join <way>',
    help: 'who may join without a line of `sesamed enroll`: loopback, open (anybody), approval (whom the operator lets) or token (nobody)',
    schema: z.enum(['loopback', 'open', 'approval', 'token']).default('loopback'),
  },
  conflict: {
    flag: '--conflict <policy>',
    help: 'where another version of a file stands: replace it, keep it as NAME.~N~ (version), or refuse',
    schema: z.enum(['replace', 'version', 'refuse']).default('replace'),
  },
  advertise: {
    flag: '--advertise <host:port>',
    help: 'where clients reach this server: what join lines name',
    schema: hostAndPort.optional(),
  },
  'log-file': {
    flag: '--log-file <path>',
    help: 'write the log there, and not to stderr',
    schema: text.optional(),
  },
  'log-size': {
    flag: '--log-size <size>',
    help: 'how large a log file grows before a new one is begun',
    schema: sizeInBytes.default(10 * 1024 * 1024),
  },
  'log-keep': {
    flag: '--log-keep <number>',
    help: 'how many old log files are kept',
    schema: atLeastOne.default(7),
  },
} as const satisfies Record<string, Setting>;
