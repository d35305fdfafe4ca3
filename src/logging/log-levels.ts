import { SesameError } from '../base/errors.ts';
import { LOG_LEVELS, type LogLevel } from '../base/logger.ts';

/** From which level on each module speaks. */
export interface LevelRules {
  readonly general: LogLevel;
  readonly modules: ReadonlyMap<string, LogLevel>;
}

/**
 * @param spec a level, levels of modules, or both: `info`, `storage=debug,info`
 * @throws `bad-setting`
 */
export function parseLevels(spec: string): LevelRules {
  let general: LogLevel = 'info';
  const modules = new Map<string, LogLevel>();
  for (const part of spec.split(',')) {
    const [left = '', right] = part.split('=').map((word) => word.trim());
    if (right === undefined) general = parseLevel(left);
    else modules.set(left, parseLevel(right));
  }
  return { general, modules };
}

export function levelOf(rules: LevelRules, module: string): LogLevel {
  return rules.modules.get(module) ?? rules.general;
}

export function isAtLeast(level: LogLevel, threshold: LogLevel): boolean {
  return LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(threshold);
}

function parseLevel(word: string): LogLevel {
  const level = LOG_LEVELS.find((known) => known === word.toLowerCase());
  if (level) return level;
  throw new SesameError('bad-setting', `"${word}" is none of ${LOG_LEVELS.join(', ')}`);
}
