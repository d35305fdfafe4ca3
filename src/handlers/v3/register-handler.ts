import type { LogFields } from '../../base/logger.ts';
import { decodeNameRequest } from '../../protocol/v3/requests.ts';
import { responses } from '../../protocol/v3/responses.ts';
import type { ClientRegistrar } from '../../transfer/client-registrar.ts';
import { BaseRequestHandler, type Refused, type Request } from '../base-request-handler.ts';

/**
 * 1025, payload: 0:255 client name. The header's id is meaningless.
 * Answer: 2100 with the new id, or 2101.
 */
export class RegisterHandler extends BaseRequestHandler {
  readonly #registrar: ClientRegistrar;

  constructor(registrar: ClientRegistrar) {
    super();
    this.#registrar = registrar;
  }

  override argumentsOf(payload: Uint8Array): LogFields {
    return { name: decodeNameRequest(payload) };
  }

  protected override async respond({ payload }: Request): Promise<Uint8Array> {
    return responses.registered(await this.#registrar.register(decodeNameRequest(payload)));
  }

  protected override refuse(): Refused {
    return { frame: responses.registrationRefused() };
  }
}
