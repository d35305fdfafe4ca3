// Before all tests: the compiled server is that of the sources.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export default function compileServer(): void {
  const setup = fileURLToPath(new URL('../../scripts/setup.mjs', import.meta.url));
  execFileSync(process.execPath, [setup, '--server-only'], { stdio: 'inherit' });
}
