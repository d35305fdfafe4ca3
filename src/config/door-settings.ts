import { z } from 'zod';
import {
  atLeastOne,
  onOrOff,
  port,
  networks,
  number,
  seconds,
  text,
  words,
  yesOrNo,
  type Setting,
} from './setting-schemas.ts';

/** A score of the guard. */
const points = number.pipe(z.number().min(1).max(1000));
/** Said in one line over TCP. */
const word = z
  .string()
  .regex(/^[\x21-\x7e]{4,64}$/, '4 to 64 printable ASCII characters without blanks are wanted');

/** What stands before every listener: limits, the guard (GUARD.md), the gate (GATE.md). */
export const DOOR_SETTINGS = {
  'max-connections': {
    flag: '--max-connections <number>',
    help: 'connections to the transfer port at once; without it as many as the process may have open, 8192 at most',
    schema: atLeastOne.optional(),
    example: 4096,
    reloadable: true,
  },
  'max-connections-per-source': {
    flag: '--max-connections-per-source <number>',
    help: 'of them, those from one IPv4 address or IPv6 /64, on each port',
    schema: atLeastOne.default(256),
    reloadable: true,
  },
  'proxy-from': {
    flag: '--proxy-from <networks>',
    help: 'balancers, whose connections begin with a PROXY protocol v2 header',
    schema: networks.optional(),
    example: '10.0.0.5',
    reloadable: true,
  },
  'guard.enabled': {
    flag: '--guard <on>',
    help: 'whether who misbehaves is blocked for a while: on or off',
    schema: onOrOff.default(true),
    reloadable: true,
  },
  'guard.warn-at': {
    flag: '--guard-warn-at <points>',
    help: 'the score at which somebody is warned',
    schema: points.default(10),
    reloadable: true,
  },
  'guard.block-at': {
    flag: '--guard-block-at <points>',
    help: 'the score at which somebody is blocked',
    schema: points.default(20),
    reloadable: true,
  },
  'guard.half-life': {
    flag: '--guard-half-life <seconds>',
    help: 'after which half of a score is forgotten',
    schema: seconds.default(60),
    reloadable: true,
  },
  'guard.block-time': {
    flag: '--guard-block-time <seconds>',
    help: 'how long the first block lasts; each further one twice as long',
    schema: seconds.default(15),
    reloadable: true,
  },
  'guard.max-block-time': {
    flag: '--guard-max-block-time <seconds>',
    help: 'how long a block lasts at most',
    schema: seconds.default(600),
    reloadable: true,
  },
  'guard.allow': {
    flag: '--guard-allow <networks>',
    help: 'who is never counted and never blocked, besides loopback',
    schema: networks.optional(),
    example: '203.0.113.0/24',
    reloadable: true,
  },
  'guard.quiet-paths': {
    flag: '--guard-quiet-paths <list>',
    help: 'paths that count for nothing, though nothing is there',
    schema: words.prefault('/favicon.ico,/robots.txt,/apple-touch-icon.png'),
    reloadable: true,
  },
  'guard.pin-file': {
    flag: '--guard-pin-file <path>',
    help: 'write the recovery PIN there, too, for the owner alone',
    schema: text.optional(),
    example: '/root/sesame-recovery-pin',
    reloadable: true,
  },
  'gate.driver': {
    flag: '--gate <driver>',
    help: 'shut all ports to who has not knocked: off, simple, nftables, iptables',
    schema: z.enum(['off', 'simple', 'nftables', 'iptables']).default('off'),
  },
  'gate.port': {
    flag: '--gate-port <number>',
    help: 'the knock port; 0 for any free one. Default: 6257 or the next free one',
    schema: port.optional(),
    example: 6257,
  },
  'gate.open-time': {
    flag: '--gate-open-time <seconds>',
    help: 'how long a knock opens for new connections',
    schema: seconds.pipe(z.number().min(1).max(86_400)).default(30),
    reloadable: true,
  },
  'gate.allow': {
    flag: '--gate-allow <networks>',
    help: 'who needs no knock, besides loopback',
    schema: networks.optional(),
    example: '203.0.113.0/24',
  },
  'gate.any-source': {
    flag: '--gate-any-source',
    help: 'take knocks that do not name the address that they come from',
    schema: yesOrNo,
  },
  'gate.tcp': {
    flag: '--gate-tcp <when>',
    help: 'knocks over TCP, too: on, off, or auto: with the simple driver',
    schema: z.enum(['auto', 'on', 'off']).default('auto'),
  },
  'gate.words': {
    flag: '--gate-words <way>',
    help: 'open to shared words, which can be heard and said again: off, silent, or answer',
    schema: z.enum(['off', 'silent', 'answer']).default('off'),
  },
  'gate.open-word': {
    flag: '--gate-open-word <word>',
    help: 'the word that opens',
    schema: word.default('open_sesame'),
  },
  'gate.close-word': {
    flag: '--gate-close-word <word>',
    help: 'the word that closes',
    schema: word.default('close_sesame'),
  },
  'gate.on-stop': {
    flag: '--gate-on-stop <how>',
    help: 'what an orderly stop leaves of a firewall driver: shut, or remove',
    schema: z.enum(['shut', 'remove']).default('shut'),
  },
  'gate.helper': {
    flag: '--gate-helper <socket>',
    help: 'where a helper with the privilege to set the firewall listens; without it, root starts one',
    schema: text.optional(),
    example: '/run/sesame-gate/gate.sock',
  },
} as const satisfies Record<string, Setting>;
