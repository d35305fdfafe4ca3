import { Command } from 'commander';
import type { Logger } from '../base/logger.ts';
import { messageOf } from '../base/errors.ts';
import { LiveSettings } from '../config/live-settings.ts';
import type { Settings } from '../config/settings.ts';
import type { RunningServer } from '../app.ts';
import { recoveryLine } from '../guard-app.ts';
import {
  takeInheritedSockets,
  type InheritedSocket,
  type InheritedSockets,
} from '../server/inherited-sockets.ts';
import { formatAddress, type ListenAddress } from '../server/listening.ts';
import { LogSink } from '../logging/log-sink.ts';
import { runEncryptMission } from './encrypt-mission.ts';
import { ExitCode } from './exit-codes.ts';
import { addSettingOptions, settingsOf } from './settings-options.ts';
import { firstSignal } from './first-signal.ts';
import { collectForServing } from './garbage-collection.ts';
import { Hangups } from './hangups.ts';
import { makeLoggers, reloadableSink } from './loggers.ts';
import { ServiceManager } from './service-manager.ts';
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
    await serve(new LiveSettings(() => settingsOf(command)));
  });
}

async function serve(live: LiveSettings): Promise<void> {
  const { settings } = live;
  const inherited = takeInheritedSockets(process.env);
  using hangups = new Hangups();
  await using sink = new LogSink(settings);
  using startup = new StartupLog(sink.write);
  const loggers = makeLoggers(settings, startup);
  await using manager = new ServiceManager(process.env, () => loggers('server'));
  const stopped = firstSignal();
  // Loaded only by who serves: other commands are over in the time that takes.
  const { startServer } = await import('../app.ts');
  const server = await startServer(live, {
    ...{ loggers, logging: reloadableSink(sink), inherited, version: programVersion(), tell },
    observe: (isUnderWay) => {
      if (isUnderWay) manager.reloading();
      else manager.ready(listeningLine(server, inherited));
    },
  });
  // The first line, whatever the log level: people and scripts wait for it.
  const line = listeningLine(server, inherited);
  process.stderr.write(`${line}\n`);
  manager.ready(line);
  collectForServing();
  if (server.origin !== null) process.stderr.write(`console at ${server.origin}/\n`);
  if (server.firstSignIn !== null) {
    process.stderr.write(`sign in there the first time, and once: ${server.firstSignIn}\n`);
  }
  if (server.firstPin !== null) tell(recoveryLine(server.firstPin));
  startup.release();
  warnOfWeaknesses(settings, loggers('server'));
  hangups.takeOver(() => void server.reload().catch(() => undefined));

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
  manager.stopping(why);
  mission.abort();
  await server.stop();
}

/** On stderr and not in the log, which others may read. */
function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** With every address. */
function listeningLine(
  { addresses, httpAddresses, knockPort }: RunningServer,
  inherited: InheritedSockets,
): string {
  const all = (some: readonly ListenAddress[], of: readonly InheritedSocket[]): string =>
    `${some.map(formatAddress).join(' and ')}${of.length > 0 ? ' (sockets of systemd)' : ''}`;
  const http = httpAddresses.length > 0 ? `, http on ${all(httpAddresses, inherited.http)}` : '';
  const knocks = knockPort === null ? '' : `, knock port ${knockPort}`;
  return `listening on ${all(addresses, inherited.transfer)}${http}${knocks}`;
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
