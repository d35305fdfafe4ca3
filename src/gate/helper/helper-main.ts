import { messageOf } from '../../base/errors.ts';
import { checkPrivileges, ownCapabilities } from '../capabilities.ts';
import { parseHelperArguments, type HelperCommandLine } from './helper-options.ts';
import { makeFirewall } from './make-firewall.ts';
import { RequestServer } from './serve-requests.ts';

/** A line for whoever started it: the server has it in its log. */
export function complain(text: string): void {
  process.stderr.write(`${text.replaceAll(/\s+/g, ' ')}\n`);
}

/**
 * Runs a helper: checks that it holds no power but what it needs, puts the rules up, and serves.
 * Where the rules cannot be made it says why, and the process ends with 1.
 */
export async function helperMain(
  serve: (requests: RequestServer, line: HelperCommandLine) => Promise<void>,
): Promise<void> {
  try {
    const line = parseHelperArguments(process.argv.slice(2));
    checkPrivileges(line.options.driver, ownCapabilities());
    const firewall = makeFirewall(line.options.driver, line.options, line.lock);
    await firewall.install();
    await serve(new RequestServer(firewall, line.options, complain), line);
  } catch (error) {
    complain(messageOf(error));
    process.exitCode = 1;
  }
}
