// The simple words of GATE.md 2, and knocking over TCP: for those who come from simple knock scripts.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GatedServer, HTTP_PORT, KNOCK_PORT } from '../support/gated-server.ts';
import { whyNoNamespaces } from '../support/namespaces.ts';
import { operate } from '../support/operate.ts';
import { until } from '../support/waiting.ts';

const why = whyNoNamespaces();

describe.skipIf(why !== undefined)(`words${why === undefined ? '' : `: ${why}`}`, { timeout: 60_000 }, () => {
  let server: GatedServer;

  beforeAll(async () => {
    server = await GatedServer.start('--gate', 'simple', '--guard', 'off');
    await server.enrol('web');
  }, 60_000);

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  /** Says a line to the knock port. @returns all that comes back until it is closed */
  async function say(line: string): Promise<string> {
    const script = `exec 3<>/dev/tcp/${server.pair.server.ipv4}/${KNOCK_PORT}; printf '%b' "$1" >&3; cat <&3`;
    const { stdout } = await server.pair.client.run('timeout', ['9', 'bash', '-c', script, 'bash', line]);
    return stdout;
  }

  const openings = async (): Promise<readonly { address: string; by: string }[]> =>
    ((await operate(server, { op: 'gate.ls' })) as { open: { address: string; by: string }[] }).open;

  async function reaches(): Promise<boolean> {
    const url = `http://${server.pair.server.ipv4}:${HTTP_PORT}/healthz`;
    return (await server.pair.client.run('curl', ['-s', '-o', '/dev/null', '-m', '2', url])).code === 0;
  }

  test('open nothing unless they are switched on', async () => {
    expect(await say('open_sesame\\n')).toBe('');
    expect(await openings()).toEqual([]);
    expect(server.stderr).not.toContain('in the clear');
  });

  test('a knock over TCP opens without a byte in answer', async () => {
    expect((await server.sesame('web', ['knock', 'open', '--tcp'])).code).toBe(0);
    await until('it is open', async () => (await openings()).length > 0);
    expect(await openings()).toMatchObject([{ address: server.pair.client.ipv4, by: 'client web' }]);
    expect((await server.sesame('web', ['knock', 'close', '--tcp'])).code).toBe(0);
    await until('it is shut', async () => (await openings()).length === 0);
  });

  test('silent, they open and close, and the server warns of them', async () => {
    await server.stop('SIGTERM');
    const words = [
      '--gate-words',
      'silent',
      '--gate-open-word',
      'abracadabra',
      '--gate-close-word',
      'hocus-pocus',
    ];
    await server.again('--gate', 'simple', '--guard', 'off', ...words);
    expect(server.stderr).toContain('cross the network in the clear');
    for (const other of ['open_sesame\\n', 'abracadabr\\n', 'abracadabraa\\n', 'ABRACADABRA\\n', '\\n']) {
      expect(await say(other), other).toBe('');
    }
    expect(await openings()).toEqual([]);
    expect(await say('abracadabra\\r\\n')).toBe('');
    expect(await openings()).toMatchObject([{ address: server.pair.client.ipv4, by: 'word' }]);
    expect(await reaches()).toBe(true);
    expect(await say('hocus-pocus\\n')).toBe('');
    expect(await openings()).toEqual([]);
    expect(await reaches()).toBe(false);
  });

  test('with answers, they are told in one line, to the client too', async () => {
    await server.stop('SIGTERM');
    await server.again('--gate', 'simple', '--guard', 'off', '--gate-words', 'answer');
    expect(await say('open_sesame\\n')).toBe('open for 30 seconds\n');
    expect(await say('close_sesame\\n')).toBe('closed\n');
    expect(await say('open sesame\\n')).toBe('');
    const { code, stdout, stderr } = await server.sesame('web', ['knock', 'open', '--word', 'open_sesame']);
    expect(code, stderr).toBe(0);
    expect(`${stdout}${stderr}`).toContain('open for 30 seconds');
    expect(await reaches()).toBe(true);
  });
});
