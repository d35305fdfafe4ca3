import type { LogFields, Logger, LogLevel } from '../../src/base/logger.ts';

export interface LoggedLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

/** A logger that keeps what it was told. */
export class RecordingLogger implements Logger {
  readonly lines: LoggedLine[] = [];
  readonly debug = this.#at('debug');
  readonly info = this.#at('info');
  readonly warning = this.#at('warning');
  readonly error = this.#at('error');
  readonly critical = this.#at('critical');

  enabled(): boolean {
    return true;
  }

  #at(level: LogLevel): (message: string, fields?: LogFields) => void {
    return (message, fields = {}) => {
      this.lines.push({ level, message, fields });
    };
  }
}
