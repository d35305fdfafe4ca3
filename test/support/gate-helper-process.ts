// `sesamed gate helper`, without the rest of the program.
import { gateHelperCommand } from '../../src/cli/gate-helper.ts';

process.umask(0o077);
try {
  await gateHelperCommand().parseAsync(process.argv);
} catch (error) {
  console.error(String(error));
  process.exitCode = 1;
}
