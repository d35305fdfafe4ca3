import { SesameError } from '../base/errors.ts';

/** What keeps strangers from the protected ports (docs/GATE.md 3). */
export interface GateDriver extends AsyncDisposable {
  readonly kind: GateDriverKind;
  /**
   * Lets new connections from this one address through for so long, from now on; one that is let in already, too.
   * @param seconds 1 to 86,400
   * @throws `gate-failed`
   */
  open(address: string, seconds: number): Promise<void>;
  /** New connections from there are let in no more; what stands goes on. @throws `gate-failed` */
  close(address: string): Promise<void>;
  /** What keeps it from working just now; undefined while it works. */
  readonly fault: string | undefined;
}

export type GateDriverKind = 'simple' | FirewallKind;
export const FIREWALL_KINDS = ['nftables', 'iptables'] as const;
export type FirewallKind = (typeof FIREWALL_KINDS)[number];

/** The server itself drops who is not let in: there is nothing else to do. */
export const simpleDriver: GateDriver = {
  kind: 'simple',
  fault: undefined,
  open: () => Promise.resolve(),
  close: () => Promise.resolve(),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

/** In the place of one whose rules are still being made: nobody is let in. */
export function driverToCome(kind: GateDriverKind): GateDriver {
  const fault = 'its rules do not stand yet';
  const refuse = (): Promise<never> => Promise.reject(new SesameError('gate-failed', fault));
  return { kind, fault, open: refuse, close: refuse, [Symbol.asyncDispose]: () => Promise.resolve() };
}
