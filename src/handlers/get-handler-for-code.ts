import { RequestCode } from '../protocol/codes.ts';
import type { ClientRegistrar } from '../transfer/client-registrar.ts';
import type { FileReceiver } from '../transfer/file-receiver.ts';
import { AcknowledgmentHandler } from './acknowledgment-handler.ts';
import type { BaseRequestHandler } from './base-request-handler.ts';
import { FileDecryptHandler } from './file-decrypt-handler.ts';
import { PublicKeyHandler } from './public-key-handler.ts';
import { ReconnectHandler } from './reconnect-handler.ts';
import { RegisterHandler } from './register-handler.ts';
import type { V3Replies } from './v3-replies.ts';

export type RequestHandler = Pick<BaseRequestHandler, 'name' | 'handle' | 'argumentsOf'>;

/** @returns undefined for a code that nobody handles */
export type GetHandlerForCode = (code: number) => RequestHandler | undefined;

interface HandlerParts {
  readonly registrar: ClientRegistrar;
  readonly receiver: FileReceiver;
  readonly replies: V3Replies;
}

/** The way from a request code to the object that serves it. */
export function handlersByCode({ registrar, receiver, replies }: HandlerParts): GetHandlerForCode {
  const acknowledgment = new AcknowledgmentHandler(receiver, replies);
  const handlers = new Map<number, BaseRequestHandler>([
    [RequestCode.register, new RegisterHandler(registrar)],
    [RequestCode.publicKey, new PublicKeyHandler(registrar)],
    [RequestCode.reconnect, new ReconnectHandler(registrar, replies)],
    [RequestCode.file, new FileDecryptHandler(receiver)],
    [RequestCode.crcCorrect, acknowledgment],
    [RequestCode.crcWrong, acknowledgment],
    [RequestCode.crcGivingUp, acknowledgment],
  ]);
  return function getHandlerForCode(code) {
    return handlers.get(code);
  };
}
