import type { LoggerFactory } from '../base/logger.ts';
import { remade } from '../base/remade.ts';
import type { Settings } from '../config/settings.ts';
import { parseLevels, type LevelRules } from '../logging/log-levels.ts';
import { LogSink } from '../logging/log-sink.ts';
import { loggerFactory } from '../logging/logger-factory.ts';
import type { Reloadable } from '../reload.ts';
import type { StartupLog } from './startup-log.ts';

/** The loggers of a server that runs in the foreground, as the settings have them just now. */
export function makeLoggers(settings: Settings, startup: StartupLog): LoggerFactory {
  const levels = remade(
    () => settings['log-level'],
    () => levelsOf(settings),
  );
  return loggerFactory({
    get levels() {
      return levels();
    },
    get format() {
      return settings['log-format'];
    },
    get colour() {
      return (
        settings['log-file'] === undefined && process.stderr.isTTY && process.env['NO_COLOR'] === undefined
      );
    },
    write: (line) => {
      startup.write(line);
    },
  });
}

/** The log file is opened again at every reload: that is how whoever rotates it says that it has another name now. */
export function reloadableSink(sink: LogSink): Reloadable {
  return {
    prepare: (next) => {
      LogSink.check(next);
      const path = next['log-file'];
      return {
        commit: () => {
          sink.reopen(next);
        },
        renewed: path === undefined ? [] : [path],
      };
    },
  };
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
