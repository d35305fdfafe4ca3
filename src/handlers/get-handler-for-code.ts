import type { BaseRequestHandler } from './base-request-handler.ts';

export type RequestHandler = Pick<BaseRequestHandler, 'name' | 'handle' | 'argumentsOf' | 'answerIsSecret'>;

/** The way from a request code to the object that serves it. @returns undefined for a code that nobody handles */
export type GetHandlerForCode = (code: number) => RequestHandler | undefined;

export function handlersByCode(entries: Iterable<readonly [number, RequestHandler]>): GetHandlerForCode {
  const handlers = new Map(entries);
  return function getHandlerForCode(code) {
    return handlers.get(code);
  };
}
