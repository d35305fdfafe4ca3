import type { LoggerFactory } from '../base/logger.ts';
import type { Settings } from '../config/settings.ts';
import { parseLevels, type LevelRules } from '../logging/log-levels.ts';
import { loggerFactory } from '../logging/logger-factory.ts';
import type { StartupLog } from './startup-log.ts';

/** The loggers of a server that runs in the foreground, as the settings have them. */
export function makeLoggers(settings: Settings, startup: StartupLog): LoggerFactory {
  return loggerFactory({
    levels: levelsOf(settings),
    format: settings['log-format'],
    colour:
      settings['log-file'] === undefined && process.stderr.isTTY && process.env['NO_COLOR'] === undefined,
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
