import type { LogFields } from '../../base/logger.ts';
import { decodePublicKeyRequest } from '../../protocol/v3/requests.ts';
import { responses } from '../../protocol/v3/responses.ts';
import type { ClientRegistrar } from '../../transfer/client-registrar.ts';
import { BaseRequestHandler, type Request } from '../base-request-handler.ts';

/**
 * 1026, payload: 0:255 client name (ignored), 255:K RSA key as SubjectPublicKeyInfo DER.
 * Answer: 2102 with the AES key wrapped for it, or 2107.
 */
export class PublicKeyHandler extends BaseRequestHandler {
  readonly #registrar: ClientRegistrar;

  constructor(registrar: ClientRegistrar) {
    super();
    this.#registrar = registrar;
  }

  override argumentsOf(payload: Uint8Array): LogFields {
    return { key: decodePublicKeyRequest(payload) };
  }

  protected override async respond({ header, payload }: Request): Promise<Uint8Array> {
    const wrapped = await this.#registrar.acceptKey(header.clientId, decodePublicKeyRequest(payload));
    return responses.aesKey(header.clientId, wrapped);
  }
}
