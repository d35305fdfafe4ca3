/**
 * `npm run screenshot`: the picture of the console that the README shows, docs/console.png. A throw-away server gets
 * five minutes of work from real clients, so that its chart is full; then chromium looks at it. Leaves nothing behind.
 *
 *   npm run screenshot -- --seconds 30    for a try: most of the chart is empty then
 */
import { stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { launchChromium } from '../test/support/chromium.ts';
import { WebServer, type SignedIn } from '../test/support/web.ts';
import { work } from './screenshot/traffic.ts';

const PICTURE = resolve(import.meta.dirname, '..', 'docs', 'console.png');
const LARGEST_KIB = 250;
/** Where a server listens unless told otherwise. */
const TRANSFER_PORT = 1357;
const HTTP_PORT = 8357;
/** So many transfers the picture should have. */
const WANTED = 6;

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '300' } } });
const end = new AbortController();
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    interrupted.abort();
    end.abort();
  });
}

async function portLike(wanted: number): Promise<string> {
  const probe = createServer();
  const { promise, resolve: settle } = Promise.withResolvers<boolean>();
  probe.once('error', () => settle(false)).listen(wanted, '127.0.0.1', () => settle(true));
  const isFree = await promise;
  if (isFree) await new Promise((closed) => probe.close(closed));
  return String(isFree ? wanted : 0);
}

async function takePicture(web: WebServer, ada: SignedIn): Promise<void> {
  const browser = await launchChromium();
  try {
    const context = await browser.newContext({
      ...{ viewport: { width: 1280, height: 800 }, colorScheme: 'light', reducedMotion: 'reduce' },
    });
    const [name = '', value = ''] = ada.cookie.split('=');
    await context.addCookies([{ name, value, url: web.origin }]);
    const page = await context.newPage();
    await page.goto(web.origin);
    const transfers = page.getByRole('list', { name: 'Transfers under way' }).getByRole('listitem');
    await transfers.nth(WANTED - 1).waitFor({ timeout: 60_000 });
    // Once more, so that rates and bars are those of a whole second.
    await sleep(2500);
    await page.screenshot({ path: PICTURE });
  } finally {
    await browser.close();
  }
}

async function main(): Promise<void> {
  const ports = ['--port', await portLike(TRANSFER_PORT), '--http-port', await portLike(HTTP_PORT)];
  await using web = await WebServer.start(...ports);
  const ada = await web.operator();
  const working = work(web.server, end.signal);
  const failed = working.then(() => new Promise<never>(() => undefined));
  console.log(`Watching the clients work for ${values.seconds} seconds …`);
  try {
    await Promise.race([failed, sleep(Number(values.seconds) * 1000, undefined, { signal: end.signal })]);
    await takePicture(web, ada);
  } finally {
    end.abort();
    await working;
  }
  const kib = (await stat(PICTURE)).size / 1024;
  console.log(`${join('docs', 'console.png')}: ${kib.toFixed(0)} KiB`);
  if (kib > LARGEST_KIB) throw new Error(`It may have ${LARGEST_KIB} KiB.`);
}

try {
  await main();
} catch (error) {
  // A terminal interrupts the clients as well, which then have failed.
  const why = error instanceof Error ? error.message : String(error);
  console.error(interrupted.signal.aborted ? 'Interrupted.' : why);
  process.exitCode = 1;
}
