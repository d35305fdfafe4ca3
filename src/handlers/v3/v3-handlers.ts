import { RequestCode } from '../../protocol/v3/codes.ts';
import type { ClientRegistrar } from '../../transfer/client-registrar.ts';
import type { FileReceiver } from '../../transfer/file-receiver.ts';
import { handlersByCode, type GetHandlerForCode } from '../get-handler-for-code.ts';
import { AcknowledgmentHandler } from './acknowledgment-handler.ts';
import { FileDecryptHandler } from './file-decrypt-handler.ts';
import { PublicKeyHandler } from './public-key-handler.ts';
import { ReconnectHandler } from './reconnect-handler.ts';
import { RegisterHandler } from './register-handler.ts';
import type { V3Replies } from './v3-replies.ts';

interface V3HandlerParts {
  readonly registrar: ClientRegistrar;
  readonly receiver: FileReceiver;
  readonly replies: V3Replies;
}

/** The handlers of v3: one set for all connections, since the header's id alone says who speaks. */
export function v3Handlers({ registrar, receiver, replies }: V3HandlerParts): GetHandlerForCode {
  const acknowledgment = new AcknowledgmentHandler(receiver, replies);
  return handlersByCode([
    [RequestCode.register, new RegisterHandler(registrar)],
    [RequestCode.publicKey, new PublicKeyHandler(registrar)],
    [RequestCode.reconnect, new ReconnectHandler(registrar, replies)],
    [RequestCode.file, new FileDecryptHandler(receiver)],
    [RequestCode.crcCorrect, acknowledgment],
    [RequestCode.crcWrong, acknowledgment],
    [RequestCode.crcGivingUp, acknowledgment],
  ]);
}
