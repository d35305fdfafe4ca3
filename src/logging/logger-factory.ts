import { type Clock, systemClock } from '../base/clock.ts';
import type { LogFields, Logger, LoggerFactory, LogLevel } from '../base/logger.ts';
import { remade } from '../base/remade.ts';
import { isAtLeast, levelOf, type LevelRules } from './log-levels.ts';
import { callSite, jsonFormat, prettyFormat, type RecordFormat } from './log-record.ts';

/** Read at every line: who gives getters may change them. */
export interface LogOptions {
  readonly levels: LevelRules;
  readonly format: 'pretty' | 'json';
  readonly colour: boolean;
  /** Takes one line without its end. */
  readonly write: (line: string) => void;
  readonly clock?: Clock;
}

/** Frames between `callSite` and who logs: callSite's own, `log`, the level's method. */
const CALL_DEPTH = 3;

/** The maker of every module's logger. What is below a module's level costs one comparison. */
export function loggerFactory(options: LogOptions): LoggerFactory {
  const { write, clock = systemClock } = options;
  const pretty = { coloured: prettyFormat(true), plain: prettyFormat(false) };
  const formatNow = (): RecordFormat => {
    if (options.format === 'json') return jsonFormat;
    return options.colour ? pretty.coloured : pretty.plain;
  };

  return (module): Logger => {
    const threshold = remade(
      () => options.levels,
      (levels) => levelOf(levels, module),
    );
    const enabled = (level: LogLevel): boolean => isAtLeast(level, threshold());
    const log = (level: LogLevel, message: string, fields: LogFields = {}): void => {
      const source = level === 'debug' ? callSite(CALL_DEPTH) : undefined;
      write(
        formatNow()({
          time: clock.now(),
          level,
          module,
          message,
          fields,
          ...(source !== undefined && { source }),
        }),
      );
    };
    const at =
      (level: LogLevel): ((message: string, fields?: LogFields) => void) =>
      (message, fields) => {
        if (enabled(level)) log(level, message, fields);
      };
    return {
      enabled,
      debug: at('debug'),
      info: at('info'),
      warning: at('warning'),
      error: at('error'),
      critical: at('critical'),
    };
  };
}
