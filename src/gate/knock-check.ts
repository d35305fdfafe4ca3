import { plainAddress } from '../base/addresses.ts';
import { SesameError } from '../base/errors.ts';
import { clientKnockKey, isAuthentic, joinKnockId, joinKnockKey } from '../crypto/knock-key.ts';
import { decodeKnock, type Knock } from '../protocol/knock.ts';
import type { AuthenticKnock } from './ports.ts';

/** How far the clocks of both sides may differ, ms (PROTOCOL.md part 3). */
export const KNOCK_WINDOW = 60_000;

/** Why a message is no knock that can be taken. */
export type KnockFault = 'malformed' | 'forged' | 'stale' | 'elsewhere';

interface JoinLine {
  /** SHA-256 of its token. */
  readonly tokenHash: Uint8Array;
  readonly key: Uint8Array;
}

/** Who may knock, and whether a message is theirs. No I/O: the same work for every message of the right form. */
export class KnockCheck {
  readonly #secret: Uint8Array;
  readonly #anySource: boolean;
  /** By what stands in a message for the client's id. */
  #joinLines = new Map<string, JoinLine>();

  /**
   * @param secret of which clients' keys are made, 32 bytes
   * @param anySource whether a message may leave open where it comes from
   */
  constructor(secret: Uint8Array, anySource: boolean) {
    this.#secret = secret;
    this.#anySource = anySource;
  }

  /** @param tokenHashes of the join lines that can still be used */
  setJoinLines(tokenHashes: readonly Uint8Array[]): void {
    this.#joinLines = new Map(
      tokenHashes.map((tokenHash) => [
        hex(joinKnockId(tokenHash)),
        { tokenHash, key: joinKnockKey(tokenHash) },
      ]),
    );
  }

  /**
   * @param sender the address that it came from, as the system has it
   * @param now ms since 1970
   */
  check(message: Uint8Array, sender: string, now: number): AuthenticKnock | KnockFault {
    const knock = tryDecode(message);
    if (!knock) return 'malformed';
    const { action, id, time, nonce } = knock;
    const line = this.#joinLines.get(hex(id));
    const key = line?.key ?? clientKnockKey(this.#secret, id);
    if (!isAuthentic(message, key)) return 'forged';
    if (Math.abs(now - time) > KNOCK_WINDOW) return 'stale';
    const address = plainAddress(sender);
    if (!this.#comesFrom(knock, address)) return 'elsewhere';
    const by = line ? 'join-line' : 'client';
    // Of their own: the message's buffer is used again.
    return {
      ...{ action, by, time, address },
      id: new Uint8Array(line?.tokenHash ?? id),
      nonce: new Uint8Array(nonce),
    };
  }

  #comesFrom({ source }: Knock, address: string): boolean {
    return source === null ? this.#anySource : plainAddress(textOf(source)) === address;
  }
}

function tryDecode(message: Uint8Array): Knock | undefined {
  try {
    return decodeKnock(message);
  } catch (error) {
    if (error instanceof SesameError) return undefined;
    throw error;
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** 16 bytes as IPv6, whose one way of writing is found elsewhere. */
function textOf(address: Uint8Array): string {
  return hex(address).replace(/(.{4})(?=.)/g, '$1:');
}
