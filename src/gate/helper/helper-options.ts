import { parseArgs } from 'node:util';
import { SesameError } from '../../base/errors.ts';
import { formatNetwork, parseNetwork } from '../address-bytes.ts';
import { FIREWALL_KINDS, type FirewallKind } from '../driver.ts';
import { MAX_PORTS } from '../helper-message.ts';
import type { FirewallPlan } from './firewall.ts';

export const ON_STOP = ['shut', 'remove'] as const;
export type OnStop = (typeof ON_STOP)[number];

/** What a helper is told when it starts, and never after. */
export interface HelperOptions extends FirewallPlan {
  readonly driver: FirewallKind;
  readonly onStop: OnStop;
}

/** Options as texts, as a command line has them. */
export interface HelperTexts {
  readonly driver?: string | undefined;
  readonly ports?: string | undefined;
  readonly knockPort?: string | undefined;
  readonly allow?: string | undefined;
  readonly onStop?: string | undefined;
}

/** @throws `bad-setting` */
export function readHelperOptions(texts: HelperTexts): HelperOptions {
  const ports = [...new Set(listOf(texts.ports).map((text) => portOf('--ports', text)))];
  if (ports.length === 0 || ports.length > MAX_PORTS) {
    throw new SesameError('bad-setting', `--ports: give 1 to ${MAX_PORTS} ports, as 1357,8357`);
  }
  return {
    driver: oneOf('--driver', FIREWALL_KINDS, texts.driver),
    ports,
    knockPort: portOf('--knock-port', texts.knockPort ?? '6257'),
    allow: listOf(texts.allow).map(parseNetwork),
    onStop: oneOf('--on-stop', ON_STOP, texts.onStop ?? 'shut'),
  };
}

/** The same options as arguments. */
export function helperArguments(options: HelperOptions): string[] {
  return [
    ...['--driver', options.driver, '--ports', options.ports.join(',')],
    ...['--knock-port', String(options.knockPort), '--on-stop', options.onStop],
    ...['--allow', options.allow.map(formatNetwork).join(',')],
  ];
}

export interface HelperCommandLine {
  readonly options: HelperOptions;
  /** The file that all iptables programs lock, open as this descriptor. */
  readonly lock: number | undefined;
  /** A Unix socket that listens already, open as this descriptor. */
  readonly listen: number | undefined;
}

/** @throws `bad-setting` */
export function parseHelperArguments(args: readonly string[]): HelperCommandLine {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...{ driver: text, ports: text, 'knock-port': text, 'on-stop': text, allow: text },
      ...{ 'lock-fd': text, 'listen-fd': text },
    },
  });
  const descriptor = (given: string | undefined): number | undefined =>
    given === undefined ? undefined : Number(given);
  const { 'knock-port': knockPort, 'on-stop': onStop, ...others } = values;
  return {
    options: readHelperOptions({ ...others, knockPort, onStop }),
    lock: descriptor(values['lock-fd']),
    listen: descriptor(values['listen-fd']),
  };
}

function listOf(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function portOf(flag: string, text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw new SesameError('bad-setting', `${flag} ${text}: a port is 1 to 65535`);
}

function oneOf<T extends string>(flag: string, allowed: readonly T[], text: string | undefined): T {
  const found = allowed.find((value) => value === text);
  if (found !== undefined) return found;
  throw new SesameError('bad-setting', `${flag} ${text ?? ''}: one of ${allowed.join(', ')}`);
}
