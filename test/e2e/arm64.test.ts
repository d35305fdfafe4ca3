// The client as it is built for 64-bit ARM, in an emulator. It takes minutes, so it is a command of its own:
// npm run test:arm64.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { sampleBytes } from '../support/native-client.ts';
import { Program, type Ending } from '../support/program.ts';
import { RunningServer } from '../support/running-server.ts';
import { enrol } from '../support/v4-enrolment.ts';
import { allStored, V4Folder } from '../support/v4-folder.ts';

const BUILD = fileURLToPath(new URL('../../build-arm64', import.meta.url));
const FILES = new Map([
  ['logs/large.bin', sampleBytes(8 << 20)],
  ...Array.from({ length: 200 }, (_, at) => [`logs/small/${at}.txt`, sampleBytes(1000 + at, at)] as const),
]);

function emulated(program: string, args: readonly string[], options: object = {}): Promise<Ending> {
  return Program.run('qemu-aarch64-static', [join(BUILD, program), ...args], { limit: 900_000, ...options });
}

describe.runIf(process.env['SESAME_ARM64'] === '1')('on arm64', () => {
  test('the C++ tests pass', { timeout: 900_000 }, async () => {
    const { code, stdout } = await emulated('sesame-tests', []);
    expect(code, stdout).toBe(0);
  });

  test.each(['sesame', 'sesame-static'])(
    '%s joins, sends, lists and verifies',
    { timeout: 300_000 },
    async (program) => {
      await using server = await RunningServer.start();
      await using client = await V4Folder.fresh();
      await client.writeAll(FILES);
      const run = async (...args: string[]): Promise<string> => {
        const { code, stdout, stderr } = await emulated(program, args, {
          cwd: client.path,
          env: client.places,
        });
        expect(code, stderr).toBe(0);
        return stdout;
      };
      await run('enroll', (await enrol(server, 'pi')).line);
      await run('put', '-r', 'logs');
      await allStored(server, 'pi', FILES);
      expect((await run('ls', '-r', 'logs')).trim().split('\n').length).toBeGreaterThanOrEqual(FILES.size);
      await run('verify', ...FILES.keys());
    },
  );
});
