import { Command } from 'commander';
import { SECOND, systemClock } from '../base/clock.ts';
import { SesameError } from '../base/errors.ts';
import { LiveSettings } from '../config/live-settings.ts';
import { loadSettings } from '../config/load-settings.ts';
import type { SettingKey } from '../config/settings.ts';
import { passingGuard } from '../guard-app.ts';
import { LogSink } from '../logging/log-sink.ts';
import { announceReady } from '../ready-file.ts';
import { Reloader } from '../reload.ts';
import { formatAddress } from '../server/listening.ts';
import { firstSignal } from './first-signal.ts';
import { collectForServing } from './garbage-collection.ts';
import { Hangups } from './hangups.ts';
import { makeLoggers, reloadableSink } from './loggers.ts';
import { addSettingOptions, flagsOf } from './settings-options.ts';
import { StartupLog } from './startup-log.ts';
import { programVersion } from './version.ts';

/** What is right where files are all there is; settings say otherwise. */
const DEFAULTS: Partial<Record<SettingKey, string>> = {
  'web-root': './resources',
  'http.max-active': '10',
  'http.max-waiting': '50',
};

export function httpCommand(): Command {
  const command = new Command('http')
    .description('serve the files of a folder over HTTP, and nothing else')
    .argument('[port]', 'as --http-port')
    .argument('[host]', 'as --http-host')
    .argument('[max-active]', 'as --http-max-active (default: 10)')
    .addHelpText(
      'after',
      `
The folder is ./resources unless --web-root says otherwise; index.html stands for a folder.

Examples:
  sesamed http 8080
  sesamed http 8080 0.0.0.0 50 --web-root /srv/www`,
    );
  addSettingOptions(command);
  return command.action(async (port?: string, host?: string, maxActive?: string) => {
    const { flags, file } = flagsOf(command);
    await serveFiles({ 'http-port': port, 'http-host': host, 'http.max-active': maxActive, ...flags }, file);
  });
}

async function serveFiles(
  flags: Partial<Record<SettingKey, unknown>>,
  file: string | undefined,
): Promise<void> {
  const origins = { flags, environment: process.env, file, defaults: DEFAULTS };
  const live = new LiveSettings(() => loadSettings(origins));
  const { settings } = live;
  using hangups = new Hangups();
  if (settings['gate.driver'] !== 'off') {
    // It has no clients, so nobody has a key to knock with.
    throw new SesameError(
      'bad-setting',
      '--gate: sesamed http has no clients that could knock; sesamed serve has',
    );
  }
  await using sink = new LogSink(settings);
  using startup = new StartupLog(sink.write);
  const loggers = makeLoggers(settings, startup);
  const stopped = firstSignal();
  const { Metrics, passingIdentity, startGateway } = await import('../gateway-app.ts');
  using metrics = new Metrics();
  const web = await startGateway({
    ...{ settings, metrics, loggers, clock: systemClock, version: programVersion() },
    console: null,
    // Nothing of it is kept, so there is no PIN: a block is over when it is over.
    doors: { guard: passingGuard({ settings, loggers, clock: systemClock }), gate: { admits: () => true } },
    recovery: null,
    ownIdentity: passingIdentity(),
  });
  const { gateway, addresses } = web;
  process.stderr.write(`listening on ${addresses.map(formatAddress).join(' and ')}\n`);
  startup.release();
  collectForServing();
  using _ready = announceReady(settings['ready-file'], { transfer: null, http: addresses });
  const reloader = new Reloader({
    ...{ live, audit: null, clock: systemClock, log: loggers('server') },
    parts: [reloadableSink(sink), web],
  });
  hangups.takeOver(() => void reloader.reload('SIGHUP').catch(() => undefined));
  loggers('server').info('stopping', { why: await stopped });
  await reloader.stop();
  await gateway.stop(settings['grace-time'] * SECOND);
}
