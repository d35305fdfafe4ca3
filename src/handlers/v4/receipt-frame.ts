import { v4Responses } from '../../protocol/v4/responses.ts';
import type { Published } from '../../transfer/version-publisher.ts';

/** A 2205. */
export function receiptFrame(stream: number, { stored, wasThere }: Published): Uint8Array {
  return v4Responses.receipt(stream, wasThere, stored.receipt, stored.signature);
}
