import type { LogFields } from '../../base/logger.ts';
import type { SesameError } from '../../base/errors.ts';
import { decodeNameRequest } from '../../protocol/v3/requests.ts';
import { responses } from '../../protocol/v3/responses.ts';
import type { ClientRegistrar } from '../../transfer/client-registrar.ts';
import { BaseRequestHandler, type Refused, type Request } from '../base-request-handler.ts';
import { clientIdField, type V3Replies } from './v3-replies.ts';

/** Refusals that a client mends by registering again. */
const REGISTER_AGAIN: ReadonlySet<SesameError['code']> = new Set(['unknown-client', 'no-key']);

/**
 * 1027, payload: 0:255 client name (ignored: who it is, is the header's id).
 * Answer: 2105 with the AES key wrapped for the key on file; 2106, register again; or 2107 for a fault of the server.
 */
export class ReconnectHandler extends BaseRequestHandler {
  readonly #registrar: ClientRegistrar;
  readonly #replies: V3Replies;

  constructor(registrar: ClientRegistrar, replies: V3Replies) {
    super();
    this.#registrar = registrar;
    this.#replies = replies;
  }

  override argumentsOf(payload: Uint8Array): LogFields {
    return { name: decodeNameRequest(payload) };
  }

  protected override async respond({ header }: Request): Promise<Uint8Array> {
    return responses.reconnected(header.clientId, await this.#registrar.reconnect(header.clientId));
  }

  protected override refuse(error: SesameError, request: Request): Refused {
    if (!REGISTER_AGAIN.has(error.code)) return super.refuse(error, request);
    return { frame: responses.reconnectRefused(clientIdField(request.header.clientId, this.#replies)) };
  }
}
