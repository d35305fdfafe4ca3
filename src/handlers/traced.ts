import { messageOf } from '../base/errors.ts';
import type { LogFields, Logger } from '../base/logger.ts';
import type { GetHandlerForCode, RequestHandler } from './get-handler-for-code.ts';

/**
 * Logs call, arguments and result of every handler. Wrapped round the handlers once at start, or not at all: a server
 * that does not trace pays nothing.
 */
export function traced(getHandlerForCode: GetHandlerForCode, log: Logger): GetHandlerForCode {
  return (code) => {
    const handler = getHandlerForCode(code);
    return handler && tracedHandler(handler, log);
  };
}

function tracedHandler(handler: RequestHandler, log: Logger): RequestHandler {
  const { name, answerIsSecret } = handler;
  return {
    name,
    answerIsSecret,
    argumentsOf: (payload) => handler.argumentsOf(payload),
    handle: async (request) => {
      const { code, clientId } = request.header;
      log.debug(`${name} call`, { code, client: clientId, ...argumentsOrFault(handler, request.payload) });
      try {
        const answer = await handler.handle(request);
        log.debug(`${name} return`, {
          code,
          client: clientId,
          answer: answerIsSecret && !answer.refusal ? 'secret' : (answer.frame ?? 'none'),
          ...(answer.refusal && { refusal: answer.refusal.code }),
        });
        return answer;
      } catch (error) {
        log.debug(`${name} threw`, { code, client: clientId, error: messageOf(error) });
        throw error;
      }
    },
  };
}

function argumentsOrFault(handler: RequestHandler, payload: Uint8Array): LogFields {
  try {
    return handler.argumentsOf(payload);
  } catch (error) {
    return { undecodable: messageOf(error) };
  }
}
