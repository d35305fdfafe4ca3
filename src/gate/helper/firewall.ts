import type { AddressBytes, Network } from '../address-bytes.ts';

/** What the rules are about; nothing of it changes while a helper runs. */
export interface FirewallPlan {
  /** The protected TCP ports, 1 to 8 of them. */
  readonly ports: readonly number[];
  /** The UDP port on whose behalf the machine says nothing. */
  readonly knockPort: number;
  /** Who needs no knock. */
  readonly allow: readonly Network[];
}

/** The rules of one machine. Each method throws `gate-failed`, and then leaves nothing more open than it was. */
export interface Firewall {
  /** Puts the rules in the place of those that may be there, with nobody let in. */
  install(): Promise<void>;
  /** Whether the rules are there as they were made. */
  stands(): Promise<boolean>;
  open(address: AddressBytes, seconds: number): Promise<void>;
  close(address: AddressBytes): Promise<void>;
  /** Nobody is let in. */
  shut(): Promise<void>;
  /** Takes everything of ours away, and nothing else. @returns what was there; undefined for nothing */
  remove(): Promise<string | undefined>;
}
