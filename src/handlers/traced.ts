import type { Logger } from '../base/logger.ts';
import { messageOf } from '../base/errors.ts';
import type { Answer, Request } from './base-request-handler.ts';
import type { GetHandlerForCode } from './get-handler-for-code.ts';

/**
 * Logs call, arguments and result of every handler. Wrapped round the handlers once at start, or not at all: a server
 * that does not trace pays nothing.
 */
export function traced(getHandlerForCode: GetHandlerForCode, log: Logger): GetHandlerForCode {
  return (code) => {
    const handler = getHandlerForCode(code);
    return (
      handler && {
        name: handler.name,
        handle: async (request: Request): Promise<Answer> => {
          log.debug(`${handler.name} call`, {
            code,
            client: request.header.clientId,
            version: request.header.version,
            payload: request.payload,
            body_bytes: request.body.length,
          });
          try {
            const answer = await handler.handle(request);
            log.debug(`${handler.name} return`, {
              code,
              client: request.header.clientId,
              answer: answer.frame ?? 'none',
              ...(answer.refusal && { refusal: answer.refusal.code }),
            });
            return answer;
          } catch (error) {
            log.debug(`${handler.name} threw`, { code, error: messageOf(error) });
            throw error;
          }
        },
      }
    );
  };
}
