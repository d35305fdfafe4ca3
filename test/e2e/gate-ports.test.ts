// The knock port is taken: the rules, the server's first line and its log name the one behind it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GatedServer, KNOCK_PORT } from '../support/gated-server.ts';
import { whyNoNamespaces } from '../support/namespaces.ts';

const why = whyNoNamespaces('nft');
const HOLD = `require('node:dgram').createSocket('udp4').bind(${KNOCK_PORT}, () => console.log('held'))`;

describe.skipIf(why !== undefined)(`a knock port that is taken${why === undefined ? '' : `: ${why}`}`, () => {
  let server: GatedServer;

  beforeAll(async () => {
    server = await GatedServer.start('--gate', 'nftables');
  }, 60_000);

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  test('the next free one, in the rules too', async () => {
    await server.stop('SIGTERM');
    await using holder = server.pair.server.start(process.execPath, ['-e', HOLD]);
    await holder.says('that it has the port', () => holder.stdout.includes('held'));
    await server.again('--gate', 'nftables');
    expect(server.stderr).toContain(`knock port ${KNOCK_PORT + 1}`);
    expect(server.stderr).toMatch(/the default knock port is taken.*6257/);
    const rules = await server.pair.server.output('nft', 'list', 'ruleset');
    expect(rules).toContain(`proto-src ${KNOCK_PORT + 1}`);
    expect(rules).not.toContain(`proto-src ${KNOCK_PORT} `);
  }, 60_000);
});
