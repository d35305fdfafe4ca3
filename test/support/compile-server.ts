// Before all tests: the compiled server is that of the sources.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export function setup(): void {
  const script = fileURLToPath(new URL('../../scripts/setup.mjs', import.meta.url));
  execFileSync(process.execPath, [script, '--server-only'], { stdio: 'inherit' });
}
