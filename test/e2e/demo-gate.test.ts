// `npm run demo -- --gate`, as the README has it: it fails where anything does not go as it should.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { whyNoNamespaces } from '../support/namespaces.ts';
import { Program } from '../support/program.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const why = whyNoNamespaces('nft');

test.skipIf(why !== undefined)(
  `the demo of the gate${why === undefined ? '' : `: ${why}`}`,
  { timeout: 120_000 },
  async () => {
    const demo = [join(ROOT, 'scripts', 'demo.ts'), '--gate'];
    const { code, stdout, stderr } = await Program.run(process.execPath, demo, { limit: 110_000 });
    expect(code, `${stdout}${stderr}`).toBe(0);
    expect(stdout).toContain('not a packet comes back');
    expect(stdout).not.toMatch(/\bNO\b/);
  },
);
