import { Command } from 'commander';
import { startServer } from '../app.ts';
import type { Logger, LoggerFactory } from '../base/logger.ts';
import { messageOf, SesameError } from '../base/errors.ts';
import type { Settings } from '../config/settings.ts';
import { formatAddress } from '../server/listening.ts';
import { parseLevels, type LevelRules } from '../logging/log-levels.ts';
import { loggerFactory } from '../logging/logger-factory.ts';
import { runEncryptMission } from './encrypt-mission.ts';
import { ExitCode } from './exit-codes.ts';
import { addSettingOptions, settingsOf } from './settings-options.ts';
import { StartupLog } from './startup-log.ts';

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
    await serve(settingsOf(command).settings);
  });
}

async function serve(settings: Settings): Promise<void> {
  if (settings.encrypt && settings['v3.access'] === 'off') {
    throw new SesameError('bad-setting', '--encrypt launches a v3 client: it cannot go with --v3 off');
  }
  using startup = new StartupLog((line) => process.stderr.write(`${line}\n`));
  const loggers = makeLoggers(settings, startup);
  const stopped = firstSignal();
  const server = await startServer(settings, loggers);
  // The first line, whatever the log level: people and scripts wait for it.
  process.stderr.write(`listening on ${server.addresses.map(formatAddress).join(' and ')}\n`);
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
    process.exit(ExitCode.other);
  }
  loggers('server').info('stopping', { why });
  mission.abort();
  await server.stop();
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

function makeLoggers(settings: Settings, startup: StartupLog): LoggerFactory {
  return loggerFactory({
    levels: levelsOf(settings),
    format: settings['log-format'],
    colour: process.stderr.isTTY && process.env['NO_COLOR'] === undefined,
    write: (line) => {
      startup.write(line);
    },
  });
}

function levelsOf(settings: Settings): LevelRules {
  const given = parseLevels(settings['log-level']);
  // What that mode shows is the key of one client, and it should stand alone.
  if (settings.encrypt) return { general: 'critical', modules: new Map() };
  if (settings.debug) return { general: 'debug', modules: given.modules };
  if (settings.trace)
    return { general: given.general, modules: new Map([...given.modules, ['handlers', 'debug']]) };
  return given;
}

/** Settles at the first SIGINT or SIGTERM; a second of either ends the process at once. */
function firstSignal(): Promise<string> {
  return new Promise((resolve) => {
    const onSignal = (signal: NodeJS.Signals): void => {
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
      resolve(signal);
    };
    process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  });
}
