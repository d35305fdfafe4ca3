// A program that attacks a server on loopback until it is ended: node attacker.ts KIND PORT. It says `attacking` when it
// begins, and how much it has done when it is told to end.
import { randomBytes, randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { knockMessage } from './knock-message.ts';
import { proxyHeader } from './proxy-header.ts';

const AT_ONCE = 256;
/** For an answer, ms: some of them say nothing, and hold on to their place for so long. */
const HOLD = 500;
const SCANNED = [
  '/wp-login.php',
  '/.env',
  '/%2e%2e/etc/passwd',
  '/admin',
  '/api/clients',
  '/index.html',
  '/%zz',
];
const HELLO = Buffer.from('16030100c8010000c40303', 'hex');

/** Any of 130,000 addresses, half of them IPv6. */
function anySource(): string {
  return randomInt(2) === 0
    ? `198.${18 + randomInt(2)}.${randomInt(256)}.${randomInt(256)}`
    : `2001:db8:${randomInt(65_536).toString(16)}::1`;
}

function garbage(): Buffer {
  const kinds = [
    () => Buffer.alloc(0),
    () => HELLO,
    () => randomBytes(1 + randomInt(400)),
    () => Buffer.from('GET / HTTP/1.1\r\nHost: files.example.org\r\n\r\n'),
  ];
  return kinds[randomInt(kinds.length)]?.() ?? HELLO;
}

function scan(): Buffer {
  const path = SCANNED[randomInt(SCANNED.length)] ?? '/';
  return Buffer.from(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`);
}

const [kind = '', portText = ''] = process.argv.slice(2);
const port = Number(portText);
let done = 0;
process.once('SIGTERM', () => {
  console.log(String(done));
  process.exit(0);
});
console.log('attacking');
if (kind === 'knock') await knocks();
else await Promise.all(Array.from({ length: AT_ONCE }, () => connections(kind === 'http' ? scan : garbage)));

async function connections(first: () => Buffer): Promise<never> {
  for (;;) {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const socket = connect({ port, host: '127.0.0.1' });
    const timer = setTimeout(() => socket.resetAndDestroy(), HOLD);
    socket
      .on('connect', () => socket.write(Buffer.concat([proxyHeader(anySource()), first()])))
      .on('error', () => undefined)
      .on('close', () => {
        clearTimeout(timer);
        resolve(undefined);
      })
      .resume();
    await promise;
    done += 1;
  }
}

/** Of a client that there is not, and some of other sizes. */
async function knocks(): Promise<never> {
  const socket = createSocket('udp4');
  socket.on('error', () => undefined);
  const key = randomBytes(32);
  for (;;) {
    for (let i = 0; i < 50; i++) {
      const forged = knockMessage(key, { id: randomBytes(16), time: Date.now(), address: '127.0.0.1' });
      socket.send(i % 5 === 0 ? randomBytes(randomInt(1, 1200)) : forged, port, '127.0.0.1');
      done += 1;
    }
    await turn();
  }
}
