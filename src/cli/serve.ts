import { Command } from 'commander';
import type { Logger } from '../base/logger.ts';
import { messageOf } from '../base/errors.ts';
import type { LoadedSettings } from '../config/load-settings.ts';
import type { Settings } from '../config/settings.ts';
import type { RunningServer } from '../app.ts';
import { recoveryLine } from '../guard-app.ts';
import { formatAddress, type ListenAddress } from '../server/listening.ts';
import { logSink } from '../logging/log-sink.ts';
import { runEncryptMission } from './encrypt-mission.ts';
import { ExitCode } from './exit-codes.ts';
import { addSettingOptions, settingsOf } from './settings-options.ts';
import { firstSignal } from './first-signal.ts';
import { makeLoggers } from './loggers.ts';
import { StartupLog } from './startup-log.ts';
import { programVersion } from './version.ts';

export function serveCommand(): Command {
  const command = new Command('serve')
    .description('serve in the foreground until SIGINT or SIGTERM (this is what npm start does)')
    .addHelpText(
      'after',
      `
Every setting can also come from the environment (SESAME_PORT, SESAME_V3_CRC, …) or from sesame.toml.

Examples:
  sesamed serve                          on loopback, port 1357, data in ./data
  sesamed serve --host 0.0.0.0 --v3 10.1.0.0/16
  sesamed serve --debug                  watch a client's retries
  sesamed serve --log-level storage=debug,info`,
    );
  addSettingOptions(command);
  return command.action(async () => {
    await serve(settingsOf(command));
  });
}

async function serve(loaded: LoadedSettings): Promise<void> {
  const { settings } = loaded;
  await using sink = logSink(settings);
  using startup = new StartupLog(sink.write);
  const loggers = makeLoggers(settings, startup);
  const stopped = firstSignal();
  // Loaded only by who serves: other commands are over in the time that takes.
  const { startServer } = await import('../app.ts');
  const server = await startServer(loaded, { loggers, version: programVersion(), tell });
  // The first line, whatever the log level: people and scripts wait for it.
  process.stderr.write(`${listeningLine(server)}\n`);
  if (server.origin !== null) process.stderr.write(`console at ${server.origin}/\n`);
  if (server.firstSignIn !== null) {
    process.stderr.write(`sign in there the first time, and once: ${server.firstSignIn}\n`);
  }
  if (server.firstPin !== null) tell(recoveryLine(server.firstPin));
  startup.release();
  warnOfWeaknesses(settings, loggers('server'));

  const mission = new AbortController();
  if (settings.encrypt) {
    runEncryptMission(server, settings, loggers('encrypt'), mission.signal).catch((error: unknown) => {
      if (mission.signal.aborted) return;
      loggers('encrypt').critical('the client could not be launched', { why: messageOf(error) });
    });
  }
  const why = await Promise.race([stopped, server.idle.then(() => 'idle'), server.broken]);
  if (why instanceof Error) {
    // Its parts can no longer be stopped in order; what was acknowledged is on disk, and a restart recovers the rest.
    loggers('server').critical('a thread of the server died, ending', { why: why.message });
    await sink[Symbol.asyncDispose]();
    process.exit(ExitCode.other);
  }
  loggers('server').info('stopping', { why });
  mission.abort();
  await server.stop();
}

/** On stderr and not in the log, which others may read. */
function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** With every address. */
function listeningLine({ addresses, httpAddresses, knockPort }: RunningServer): string {
  const all = (some: readonly ListenAddress[]): string => some.map(formatAddress).join(' and ');
  const http = httpAddresses.length > 0 ? `, http on ${all(httpAddresses)}` : '';
  const knocks = knockPort === null ? '' : `, knock port ${knockPort}`;
  return `listening on ${all(addresses)}${http}${knocks}`;
}

function warnOfWeaknesses(settings: Settings, log: Logger): void {
  if (settings['v3.access'] !== 'off') {
    log.warning('v3 proves neither server nor client and cannot keep files secret: docs/SECURITY.md', {
      allowed: settings['v3.access'],
    });
  }
  if (settings.debug) {
    log.warning('--debug: every CRC in a 2103 is wrong on purpose, so no file will be accepted');
  }
}
