// From where a machine may join without a line (docs/PROTOCOL.md, 2.3; `--join`): by the address that it comes from.
// Addresses beside loopback need a network of the test's own, which only root can have: skipped for anybody else.
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CAN_HAVE_NAMESPACES, NetworkNamespace } from '../support/network-namespace.ts';
import { HAS_IPV6 } from '../support/network.ts';
import type { Program } from '../support/program.ts';
import { MAIN, TemporaryFolder } from '../support/running-server.ts';

const ATTEMPT = fileURLToPath(new URL('../support/join-attempt.ts', import.meta.url));
const PORT = '1357';
const FAR = '10.77.2.1';
const FAR_V6 = 'fd77:2::1';

describe.skipIf(!CAN_HAVE_NAMESPACES)('joining from another address', { timeout: 60_000 }, () => {
  let network: NetworkNamespace;
  let folder: TemporaryFolder;

  beforeAll(async () => {
    network = await NetworkNamespace.create(`${FAR}/32`, ...(HAS_IPV6 ? [`${FAR_V6}/128`] : []));
  });
  afterAll(() => network[Symbol.asyncDispose]());

  async function serving(...flags: string[]): Promise<Program> {
    const args = [MAIN, 'serve', '--host', HAS_IPV6 ? '::' : '0.0.0.0', '--port', PORT, ...flags];
    const server = network.start(process.execPath, args, { cwd: folder.path });
    await server.says('where it listens', () => server.stderr.includes('listening on '));
    return server;
  }

  /** A connection to an address comes from it, too. */
  async function joining(host: string, way: string): Promise<string> {
    const { stdout, stderr } = await network.run(process.execPath, [ATTEMPT, host, PORT, way]);
    return stdout.trim() || stderr;
  }

  async function line(name: string): Promise<string> {
    const { stdout } = await network.run(process.execPath, [MAIN, 'enroll', name], { cwd: folder.path });
    return /#([\w-]{43})\./.exec(stdout)?.[1] ?? '';
  }

  const far = [FAR, ...(HAS_IPV6 ? [FAR_V6] : [])];

  test.for([
    { flags: [], near: 'ok', far: 'join-refused' },
    { flags: ['--join', 'open'], near: 'ok', far: 'ok' },
    { flags: ['--join', 'token'], near: 'join-refused', far: 'join-refused' },
  ])('$flags: from here $near, from elsewhere $far', async ({ flags, ...expected }) => {
    folder = await TemporaryFolder.create();
    await using _ = folder;
    await using server = await serving(...flags);
    expect(await joining('127.0.0.1', 'near')).toBe(expected.near);
    for (const address of far) {
      expect(await joining(address, `far ${address.replaceAll(':', '-')}`), address).toBe(expected.far);
      const token = await line(`by line ${address.replaceAll(':', '-')}`);
      expect(await joining(address, token), 'a line lets in from anywhere').toBe('ok');
    }
    expect((await server.stop('SIGTERM')).code).toBe(0);
  });
});
