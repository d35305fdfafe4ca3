import type { GetHandlerForCode } from '../handlers/get-handler-for-code.ts';
import { V3_RULES } from '../protocol/v3/frames.ts';
import { responses } from '../protocol/v3/responses.ts';
import type { Conversation } from './conversation.ts';

/** v3: one request after another, and every header says whose it is. */
export function v3Conversation(getHandlerForCode: GetHandlerForCode): Conversation {
  return {
    rules: V3_RULES,
    getHandlerForCode,
    concurrency: 1,
    isIn: true,
    clientName: null,
    refuse: () => responses.generalError(),
  };
}
