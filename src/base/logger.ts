/** From the least to the most urgent. */
export const LOG_LEVELS = ['debug', 'info', 'warning', 'error', 'critical'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * Values that go with a message. Byte strings are shown as short hex; a number whose name ends in `bytes` or `size` is
 * shown as a size.
 */
export type LogFields = Readonly<Record<string, unknown>>;

/** One per module of the server; how it looks and where it goes is settled in logging/. */
export interface Logger {
  enabled(level: LogLevel): boolean;
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warning(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  critical(message: string, fields?: LogFields): void;
}

export type LoggerFactory = (module: string) => Logger;

/** For who has nobody to tell. */
export const noLogger: Logger = {
  enabled: () => false,
  debug: () => undefined,
  info: () => undefined,
  warning: () => undefined,
  error: () => undefined,
  critical: () => undefined,
};
