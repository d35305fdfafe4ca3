import { z } from 'zod';
import { CRC_VARIANTS } from '../crypto/crc-variants.ts';
import { pathMap } from './path-map.ts';
import { sizeInBytes } from './size.ts';

/** One setting of the server. Its key is its place in `sesame.toml` (a dot is a table). */
interface Setting {
  /** As commander writes it. */
  readonly flag: string;
  readonly help: string;
  /** Takes what a flag, the environment or the file gives, or undefined for the default. */
  readonly schema: z.ZodType;
}

const text = z.string().min(1);
/** A number, or its digits as flags and the environment give them; nothing else becomes one. */
const number = z.union([
  z.number(),
  z
    .string()
    .regex(/^\d+(\.\d+)?$/, 'a number is wanted')
    .transform(Number),
]);
/** As join lines have it; an IPv6 address is in brackets. */
const hostAndPort = z
  .string()
  .regex(/^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+(%[A-Za-z0-9._-]+)?\]):\d{1,5}$/, 'HOST:PORT is wanted')
  .refine((value) => {
    const given = Number(value.slice(value.lastIndexOf(':') + 1));
    return given >= 1 && given <= 65535;
  }, 'a port from 1 to 65535 is wanted');
const port = number.pipe(z.number().int().min(0).max(65535));
const seconds = number.pipe(z.number().positive().max(31_536_000));
const yesOrNo = z.union([z.boolean(), z.stringbool()]).default(false);
const onOrOff = z.union([z.boolean(), z.stringbool()]);
const points = number.pipe(z.number().min(1).max(1000));
/** Said in one line over TCP. */
const word = z
  .string()
  .regex(/^[\x21-\x7e]{4,64}$/, '4 to 64 printable ASCII characters without blanks are wanted');
const atLeastOne = number.pipe(z.number().int().min(1).max(1_000_000));
/** Words with commas between them; in the file a list will do. */
const words = z
  .union([z.array(z.string()), z.string().transform((given) => given.split(','))])
  .transform((given) => given.map((word) => word.trim()).filter((word) => word !== ''));

/** Every setting of `sesamed serve`: the one table behind its flags, the environment, the file and `config check`. */
export const SETTINGS = {
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
    help: 'who may join without a line of `sesamed enroll`: loopback, open (anybody) or token (nobody)',
    schema: z.enum(['loopback', 'open', 'token']).default('loopback'),
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
  'max-connections': {
    flag: '--max-connections <number>',
    help: 'connections to the transfer port at once; without it as many as the process may have open, 8192 at most',
    schema: atLeastOne.optional(),
  },
  'max-connections-per-source': {
    flag: '--max-connections-per-source <number>',
    help: 'of them, those from one IPv4 address or IPv6 /64, on each port',
    schema: atLeastOne.default(256),
  },
  'proxy-from': {
    flag: '--proxy-from <networks>',
    help: 'balancers, whose connections begin with a PROXY protocol v2 header',
    schema: text.optional(),
  },
  'guard.enabled': {
    flag: '--guard <on>',
    help: 'whether who misbehaves is blocked for a while: on or off',
    schema: onOrOff.default(true),
  },
  'guard.warn-at': {
    flag: '--guard-warn-at <points>',
    help: 'the score at which somebody is warned',
    schema: points.default(10),
  },
  'guard.block-at': {
    flag: '--guard-block-at <points>',
    help: 'the score at which somebody is blocked',
    schema: points.default(20),
  },
  'guard.half-life': {
    flag: '--guard-half-life <seconds>',
    help: 'after which half of a score is forgotten',
    schema: seconds.default(60),
  },
  'guard.block-time': {
    flag: '--guard-block-time <seconds>',
    help: 'how long the first block lasts; each further one twice as long',
    schema: seconds.default(15),
  },
  'guard.max-block-time': {
    flag: '--guard-max-block-time <seconds>',
    help: 'how long a block lasts at most',
    schema: seconds.default(600),
  },
  'guard.allow': {
    flag: '--guard-allow <networks>',
    help: 'who is never counted and never blocked, besides loopback',
    schema: text.optional(),
  },
  'guard.quiet-paths': {
    flag: '--guard-quiet-paths <list>',
    help: 'paths that count for nothing, though nothing is there',
    schema: words.prefault('/favicon.ico,/robots.txt,/apple-touch-icon.png'),
  },
  'guard.pin-file': {
    flag: '--guard-pin-file <path>',
    help: 'write the recovery PIN there, too, for the owner alone',
    schema: text.optional(),
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
  },
  'gate.open-time': {
    flag: '--gate-open-time <seconds>',
    help: 'how long a knock opens for new connections',
    schema: seconds.pipe(z.number().min(1).max(86_400)).default(30),
  },
  'gate.allow': {
    flag: '--gate-allow <networks>',
    help: 'who needs no knock, besides loopback',
    schema: text.optional(),
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
  },
  'http-host': {
    flag: '--http-host <address>',
    help: 'address of the web console and the HTTP API; without it 127.0.0.1 and ::1',
    schema: text.optional(),
  },
  'http-port': {
    flag: '--http-port <number>',
    help: 'their port; 0 for any free one. Default: 8357 or the next free one',
    schema: port.optional(),
  },
  'no-http': { flag: '--no-http', help: 'no web console and no HTTP API', schema: yesOrNo },
  'web-root': {
    flag: '--web-root <folder>',
    help: 'serve the files of this folder over HTTP, too',
    schema: text.optional(),
  },
  'web-extensions': {
    flag: '--web-extensions <list>',
    help: 'the files that are served from there, by their extensions',
    schema: words.prefault('html,txt,png,jpg,jpeg'),
  },
  'web-access': {
    flag: '--web-access <who>',
    help: 'who may see them: public, or sign-in',
    schema: z.enum(['public', 'sign-in']).default('public'),
  },
  'metrics-from': {
    flag: '--metrics-from <networks>',
    help: 'who may read /metrics besides loopback: 10.1.0.0/16,…',
    schema: text.optional(),
  },
  otlp: {
    flag: '--otlp <url>',
    help: 'export traces to this OpenTelemetry collector (OTLP over HTTP)',
    schema: z.url({ protocol: /^https?$/, error: 'http://HOST:PORT is wanted' }).optional(),
  },
  'http.tls': {
    flag: '--http-tls <when>',
    help: 'HTTPS: on, off, or auto: everywhere but on loopback',
    schema: z.enum(['auto', 'on', 'off']).default('auto'),
  },
  'http.cert': {
    flag: '--http-cert <file>',
    help: 'its certificate, PEM; without one, it makes its own',
    schema: text.optional(),
  },
  'http.key': {
    flag: '--http-key <file>',
    help: 'the key of that certificate, PEM',
    schema: text.optional(),
  },
  'http.version': {
    flag: '--http-version <newest>',
    help: 'the newest version spoken over HTTPS: 2 or 1.1',
    schema: z
      .union([z.number().transform(String), z.string()])
      .pipe(z.enum(['2', '1.1']))
      .default('2'),
  },
  'http.names': {
    flag: '--http-names <list>',
    help: 'names by which browsers may ask for this server, besides this machine’s own',
    schema: words.prefault(''),
  },
  'http.origins': {
    flag: '--http-origins <list>',
    help: 'other sites whose pages may use the API with tokens (CORS)',
    schema: words.prefault(''),
  },
  'http.proxies': {
    flag: '--http-proxies <networks>',
    help: 'proxies whose X-Forwarded-For counts',
    schema: text.optional(),
  },
  'http.static': {
    flag: '--http-static <map>',
    help: 'further folders at paths of their own: /docs=/srv/docs,…',
    schema: pathMap.prefault(''),
  },
  'http.redirects': {
    flag: '--http-redirects <map>',
    help: 'paths that have moved: /old=/new,…',
    schema: pathMap.prefault(''),
  },
  'http.max-active': {
    flag: '--http-max-active <number>',
    help: 'requests at work at once',
    schema: atLeastOne.default(256),
  },
  'http.max-waiting': {
    flag: '--http-max-waiting <number>',
    help: 'requests that wait for their turn',
    schema: number.pipe(z.number().int().min(0).max(1_000_000)).default(1024),
  },
  'http.max-requests': {
    flag: '--http-max-requests <number>',
    help: 'requests on one connection',
    schema: atLeastOne.default(100),
  },
  'http.keep-alive': {
    flag: '--http-keep-alive <seconds>',
    help: 'how long a connection may rest between them',
    schema: seconds.default(30),
  },
  'http.stall-time': {
    flag: '--http-stall-time <seconds>',
    help: 'how long a body or an answer may stand still',
    schema: seconds.default(30),
  },
  'http.rate': {
    flag: '--http-rate <number>',
    help: 'requests per minute of one user, or one address, to the API and for uploads',
    schema: atLeastOne.default(6000),
  },
  'http.backlog': {
    flag: '--http-backlog <number>',
    help: 'connections that the system keeps until they are accepted',
    schema: atLeastOne.default(1024),
  },
  'http.dual-stack': {
    flag: '--http-dual-stack <on>',
    help: 'whether :: takes IPv4, too: on or off',
    schema: onOrOff.default(true),
  },
} as const satisfies Record<string, Setting>;

export type SettingKey = keyof typeof SETTINGS;
export type Settings = { readonly [K in SettingKey]: z.output<(typeof SETTINGS)[K]['schema']> };

export const SETTING_KEYS = Object.keys(SETTINGS) as readonly SettingKey[];

/** `v3.max-sends` → `SESAME_V3_MAX_SENDS`; `v3.access` is `SESAME_V3`, as its flag is `--v3`. */
export function environmentName(key: SettingKey): string {
  const [name = ''] = SETTINGS[key].flag.slice(2).split(' ');
  return `SESAME_${name.toUpperCase().replaceAll('-', '_')}`;
}
