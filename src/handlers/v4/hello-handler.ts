import type { LogFields } from '../../base/logger.ts';
import { decodeHello } from '../../protocol/v4/requests.ts';
import type { Request } from '../base-request-handler.ts';
import { LoginHandler } from './login-handler.ts';

/**
 * 1101, payload: 0:2 minor version, 2:2 flags, 4:A agent.
 * Answer: 2201, or 2202.
 */
export class HelloHandler extends LoginHandler {
  override argumentsOf(payload: Uint8Array): LogFields {
    return { ...decodeHello(payload) };
  }

  protected override async respond({ header, payload }: Request): Promise<Uint8Array> {
    decodeHello(payload);
    return this.welcome(await this.session.hello(header.clientId));
  }
}
