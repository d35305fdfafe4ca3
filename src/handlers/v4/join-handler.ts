import type { LogFields } from '../../base/logger.ts';
import { decodeJoin } from '../../protocol/v4/requests.ts';
import type { Request } from '../base-request-handler.ts';
import { LoginHandler } from './login-handler.ts';

/**
 * 1102, payload: 0:1 way, 1:32 token, 33:255 client name.
 * Answer: 2201, or 2202.
 */
export class JoinHandler extends LoginHandler {
  /** Never the token. */
  override argumentsOf(payload: Uint8Array): LogFields {
    const { token, name } = decodeJoin(payload);
    return { way: token ? 'token' : 'open', name };
  }

  protected override async respond({ header, payload }: Request): Promise<Uint8Array> {
    return this.welcome(await this.session.join(header.clientId, decodeJoin(payload)));
  }
}
