import { z } from 'zod';
import { pathMap } from './path-map.ts';
import {
  atLeastOne,
  networks,
  number,
  onOrOff,
  port,
  seconds,
  text,
  words,
  yesOrNo,
  type Setting,
} from './setting-schemas.ts';

/** The gateway: console, API, web root (HTTP.md). */
export const WEB_SETTINGS = {
  'http-host': {
    flag: '--http-host <address>',
    help: 'address of the web console and the HTTP API; without it 127.0.0.1 and ::1',
    schema: text.optional(),
    example: '0.0.0.0',
  },
  'http-port': {
    flag: '--http-port <number>',
    help: 'their port; 0 for any free one. Default: 8357 or the next free one',
    schema: port.optional(),
    example: 8357,
  },
  'no-http': { flag: '--no-http', help: 'no web console and no HTTP API', schema: yesOrNo },
  'web-root': {
    flag: '--web-root <folder>',
    help: 'serve the files of this folder over HTTP, too',
    schema: text.optional(),
    example: '/srv/www',
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
    schema: networks.optional(),
    example: '10.1.0.0/16',
    reloadable: true,
  },
  otlp: {
    flag: '--otlp <url>',
    help: 'export traces to this OpenTelemetry collector (OTLP over HTTP)',
    schema: z.url({ protocol: /^https?$/, error: 'http://HOST:PORT is wanted' }).optional(),
    example: 'http://127.0.0.1:4318',
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
    example: '/etc/sesame/http.crt',
    reloadable: true,
  },
  'http.key': {
    flag: '--http-key <file>',
    help: 'the key of that certificate, PEM',
    schema: text.optional(),
    example: '/etc/sesame/http.key',
    reloadable: true,
  },
  'http.version': {
    flag: '--http-version <newest>',
    help: 'the newest version spoken over HTTPS: 2 or 1.1',
    schema: z
      .union([z.number().transform(String), z.string()])
      .pipe(z.enum(['2', '1.1']))
      .default('2')
      // In the file a number will do.
      .meta({ type: ['string', 'number'], enum: ['2', '1.1', 2, 1.1] }),
  },
  'http.names': {
    flag: '--http-names <list>',
    help: 'names by which browsers may ask for this server, besides this machine’s own',
    schema: words.prefault(''),
    example: 'files.example.org',
    reloadable: true,
  },
  'http.origins': {
    flag: '--http-origins <list>',
    help: 'other sites whose pages may use the API with tokens (CORS)',
    schema: words.prefault(''),
    example: 'https://intranet.example.org',
  },
  'http.proxies': {
    flag: '--http-proxies <networks>',
    help: 'proxies whose X-Forwarded-For counts',
    schema: networks.optional(),
    example: '10.0.0.5',
    reloadable: true,
  },
  'http.static': {
    flag: '--http-static <map>',
    help: 'further folders at paths of their own: /docs=/srv/docs,…',
    schema: pathMap.prefault(''),
    example: '/docs=/srv/docs',
  },
  'http.redirects': {
    flag: '--http-redirects <map>',
    help: 'paths that have moved: /old=/new,…',
    schema: pathMap.prefault(''),
    example: '/old=/new',
  },
  'http.max-active': {
    flag: '--http-max-active <number>',
    help: 'requests at work at once',
    schema: atLeastOne.default(256),
    reloadable: true,
  },
  'http.max-waiting': {
    flag: '--http-max-waiting <number>',
    help: 'requests that wait for their turn',
    schema: number.pipe(z.number().int().min(0).max(1_000_000)).default(1024),
    reloadable: true,
  },
  'http.max-requests': {
    flag: '--http-max-requests <number>',
    help: 'requests on one connection',
    schema: atLeastOne.default(100),
    reloadable: true,
  },
  'http.keep-alive': {
    flag: '--http-keep-alive <seconds>',
    help: 'how long a connection may rest between them',
    schema: seconds.default(30),
    reloadable: true,
  },
  'http.stall-time': {
    flag: '--http-stall-time <seconds>',
    help: 'how long a body or an answer may stand still',
    schema: seconds.default(30),
    reloadable: true,
  },
  'http.rate': {
    flag: '--http-rate <number>',
    help: 'requests per minute of one user, or one address, to the API and for uploads',
    schema: atLeastOne.default(6000),
    reloadable: true,
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
