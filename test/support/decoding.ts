// Chunks through the decoder, and what came out of it in a form that does not show where they were cut.
import { RequestDecoder, type DecoderEvent, type DecoderState } from '../../src/protocol/decoder.ts';
import type { FrameRules } from '../../src/protocol/frames.ts';
import { V3_RULES } from '../../src/protocol/v3/frames.ts';
import { type Outcome, outcomeOf } from './outcome.ts';

export interface DecodedRequest {
  readonly clientId: string;
  readonly version: number;
  readonly code: number;
  readonly payloadSize: number;
  readonly payload: string;
  readonly bodyBytes: number;
  readonly body: string;
  /** How many of its body events were the last. */
  readonly endings: number;
}

export interface Decoded {
  readonly requests: readonly DecodedRequest[];
  readonly outcome: Outcome;
  readonly state: DecoderState;
  /** Bytes that no event took; of a stream that failed, that depends on the cuts and is left out. */
  readonly buffered: number;
}

export function decode(chunks: Iterable<Uint8Array>, rules: FrameRules = V3_RULES): Decoded {
  const decoder = new RequestDecoder(rules);
  const requests: DecodedRequest[] = [];
  const outcome = outcomeOf(() => {
    for (const chunk of chunks) {
      decoder.push(chunk);
      for (let event = decoder.next(); event; event = decoder.next()) note(requests, event);
    }
  });
  return { requests, outcome, state: decoder.state, buffered: outcome === 'ok' ? decoder.buffered : 0 };
}

function note(requests: DecodedRequest[], event: DecoderEvent): void {
  if (event.type === 'request') {
    const { clientId, version, code, payloadSize } = event.header;
    requests.push({
      clientId: hex(clientId),
      version,
      code,
      payloadSize,
      payload: hex(event.payload),
      bodyBytes: event.bodyBytes,
      body: '',
      endings: 0,
    });
    return;
  }
  const request = requests.pop();
  if (!request) throw new Error('a body before any request');
  if (event.chunk.byteLength === 0) throw new Error('a body event without bytes');
  const body = request.body + hex(event.chunk);
  requests.push({ ...request, body, endings: request.endings + Number(event.last) });
}

/** The bytes in chunks of one byte each. */
export function* byteByByte(bytes: Uint8Array): Generator<Uint8Array> {
  for (let i = 0; i < bytes.byteLength; i++) yield bytes.subarray(i, i + 1);
}

/** The bytes cut at the given offsets, in any order. */
export function cutAt(bytes: Uint8Array, offsets: readonly number[]): Uint8Array[] {
  const edges = [0, ...offsets.toSorted((a, b) => a - b), bytes.byteLength];
  return edges.slice(1).map((end, i) => bytes.subarray(edges[i], end));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
