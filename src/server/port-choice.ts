import { readFileSync } from 'node:fs';
import { SesameError, errnoOf } from '../base/errors.ts';

export const DEFAULT_TRANSFER_PORT = 1357;
export const DEFAULT_HTTP_PORT = 8357;
export const DEFAULT_KNOCK_PORT = 6257;

/** `port.info` in the working folder: one number, honoured where no port is given. */
export const PORT_FILE = 'port.info';

export interface PortChoice {
  /** 0: any free one. */
  readonly port: number;
  /** Whether the next free port will do when it is taken: only for one that nobody asked for. */
  readonly fallsBack: boolean;
}

/**
 * @param given by flag, environment or file
 * @throws `bad-setting` when port.info does not hold one port
 */
export function choosePort(given: number | undefined, portFile = PORT_FILE): PortChoice {
  const port = given ?? readPortFile(portFile);
  return port === undefined ? { port: DEFAULT_TRANSFER_PORT, fallsBack: true } : { port, fallsBack: false };
}

/** Of the gateway. @param given by flag, environment or file */
export function chooseHttpPort(given: number | undefined): PortChoice {
  return orDefault(given, DEFAULT_HTTP_PORT);
}

/** Where knocks come. @param given by flag, environment or file */
export function chooseKnockPort(given: number | undefined): PortChoice {
  return orDefault(given, DEFAULT_KNOCK_PORT);
}

function orDefault(given: number | undefined, otherwise: number): PortChoice {
  return given === undefined ? { port: otherwise, fallsBack: true } : { port: given, fallsBack: false };
}

function readPortFile(path: string): number | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw new SesameError('bad-setting', `cannot read ${path}`, { cause: error });
  }
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (port >= 1 && port <= 65535) return port;
  throw new SesameError('bad-setting', `${path} must hold one port, 1 to 65535; correct or remove it`);
}
