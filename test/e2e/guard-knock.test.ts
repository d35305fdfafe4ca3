// The knock port and who is blocked: the way back in over TLS, and nothing else (docs/GUARD.md 3 and 4; PROTOCOL.md part 3).
// Addresses beside loopback need a network of the test's own, which only root can have: skipped for anybody else.
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NamespacePair, whyNoNamespaces } from '../support/namespaces.ts';
import type { Program } from '../support/program.ts';
import { MAIN, TemporaryFolder } from '../support/running-server.ts';

const ATTEMPT = fileURLToPath(new URL('../support/recover-attempt.ts', import.meta.url));
/** Says this to a port of an address, and prints what comes back, and how it ended. */
const SAY = `const [host, port, said] = process.argv.slice(1);
const socket = require('node:net').connect(Number(port), host);
let end = 'ended', got = '';
socket.on('connect', () => socket.end(said)).on('data', (chunk) => (got += chunk)).on('error', ({ code }) => (end = code));
socket.on('close', () => console.log(JSON.stringify({ got, end })));`;

const why = whyNoNamespaces();

describe.skipIf(why !== undefined)(
  `from another machine${why === undefined ? '' : `: ${why}`}`,
  { timeout: 60_000 },
  () => {
    let network: NamespacePair;
    let folder: TemporaryFolder;
    let server: Program;

    beforeAll(async () => {
      network = new NamespacePair();
      folder = await TemporaryFolder.create();
      const gate = ['--gate', 'simple', '--gate-words', 'answer'];
      const args = [MAIN, 'serve', '--host', '0.0.0.0', '--port', '1357', '--no-http', ...gate];
      server = network.server.start(process.execPath, args, { cwd: folder.path });
      await server.says('its PIN', () => /recovery PIN \d{8}.*\n/.test(server.stderr));
    });
    afterAll(async () => {
      await server[Symbol.asyncDispose]();
      network[Symbol.dispose]();
      await folder[Symbol.asyncDispose]();
    });

    async function guard(...args: readonly string[]): Promise<string> {
      const { stdout } = await network.server.run(process.execPath, [MAIN, 'guard', ...args], {
        cwd: folder.path,
      });
      return stdout;
    }

    async function recover(pin: string, ...alpn: readonly string[]): Promise<string> {
      const { stdout } = await network.client.run(process.execPath, [
        ATTEMPT,
        network.server.ipv4,
        '6257',
        pin,
        ...alpn,
      ]);
      return stdout.trim();
    }

    async function say(port: number, said: string): Promise<{ got: string; end: string }> {
      const { stdout } = await network.client.run(process.execPath, [
        '-e',
        SAY,
        network.server.ipv4,
        String(port),
        said,
      ]);
      return JSON.parse(stdout) as { got: string; end: string };
    }

    function pins(): string[] {
      return Array.from(server.stderr.matchAll(/recovery PIN (\d{8}):/g), ([, pin = '']) => pin);
    }

    test('who is not blocked gets not a byte, even with the PIN', async () => {
      expect(await recover(pins()[0] ?? '')).toBe('nothing');
      expect(pins()).toHaveLength(1);
      expect(await guard('ls')).toMatch(/^10\.9\.0\.2 +noted +(4\.0|3\.\d)/m);
    });

    test('four wrong words more, and it is blocked; no word opens then', async () => {
      for (let i = 0; i < 5; i++) expect((await say(6257, 'open please\n')).got).toBe('');
      expect(await guard('ls')).toMatch(/^10\.9\.0\.2 +blocked/m);
      await guard('block', network.client.ipv4);
      expect((await say(6257, 'open_sesame\n')).got).toBe('');
      expect((await say(1357, 'GET / HTTP/1.1\r\n\r\n')).end).toBe('ECONNRESET');
    });

    test('who is blocked gets in with the PIN over TLS, once, and with nothing else', async () => {
      const [pin = ''] = pins();
      expect(await recover(pin, 'http/1.1')).toBe('nothing');
      expect(await recover(pin === '00000000' ? '11111111' : '00000000')).toMatch(/^401 /);
      expect(await recover('x'.repeat(100))).toBe('nothing');
      expect(await recover(pin)).toMatch(/^200 /);
      await server.says('the next PIN', () => pins().length === 2);
      expect(await guard('ls')).not.toContain(network.client.ipv4);
      await guard('block', network.client.ipv4);
      expect(await recover(pin)).toMatch(/^401 /);
      expect(await recover(pins()[1] ?? ''), 'three of one address').toMatch(
        /^429 .*try again in \d+ seconds/,
      );
      await guard('unblock', network.client.ipv4);
      expect((await say(6257, 'open_sesame\n')).got).toMatch(/^open for 30 seconds/);
      expect(server.stderr.replaceAll(/recovery PIN \d{8}:/g, '')).not.toMatch(new RegExp(pins().join('|')));
    });
  },
);
