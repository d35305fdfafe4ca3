import { SesameError } from '../base/errors.ts';
import type { RequestHeader } from './header.ts';

/** How the bytes behind a header fall into a bounded payload and, for content, a stream. */
export interface FrameShape {
  /** Bytes to gather before the request is handed on. */
  readonly payloadBytes: number;
  /** The length of the stream behind the payload, in bytes; absent where there is none. */
  readonly bodyBytes?: (payload: Uint8Array) => number;
}

/** What one version of the protocol allows a header to say. */
export interface FrameRules {
  /** Version bytes that its requests carry. */
  readonly versions: ReadonlySet<number>;
  /**
   * The shape of the frame that a header announces, before anything is allocated for it.
   *
   * @throws `unknown-code`; `bad-payload-size`
   */
  shapeOf(header: RequestHeader): FrameShape;
}

/** The payload sizes of one code, and where its stream begins if it has one. */
export interface FrameRule {
  readonly min: number;
  readonly max: number;
  readonly stream?: {
    readonly headBytes: number;
    bodyBytes(payloadSize: number, head: Uint8Array): number;
  };
}

/** @throws `unknown-code`; `bad-payload-size` */
export function shapeFrom(rules: ReadonlyMap<number, FrameRule>, header: RequestHeader): FrameShape {
  const { code, payloadSize } = header;
  const rule = rules.get(code);
  if (!rule) throw new SesameError('unknown-code', `request code ${code} is not known`);
  if (payloadSize < rule.min || payloadSize > rule.max) {
    throw new SesameError(
      'bad-payload-size',
      `${payloadSize} bytes of payload in a ${code}, which has ${rule.min} to ${rule.max}`,
    );
  }
  const { stream } = rule;
  if (!stream) return { payloadBytes: payloadSize };
  return {
    payloadBytes: stream.headBytes,
    bodyBytes: (head) => stream.bodyBytes(payloadSize, head),
  };
}
