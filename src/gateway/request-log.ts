import { TraceFlags } from '@opentelemetry/api';
import { parseTraceParent } from '@opentelemetry/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../base/logger.ts';
import { nameOf } from './caller.ts';

/** What a W3C `traceparent` says. */
export interface TraceParent {
  readonly traceId: string;
  readonly spanId: string;
  readonly isSampled: boolean;
}

export function traceParentOf({ headers }: FastifyRequest): TraceParent | undefined {
  const given = headers['traceparent'];
  const parsed = typeof given === 'string' ? parseTraceParent(given) : null;
  if (!parsed) return undefined;
  const { traceId, spanId, traceFlags } = parsed;
  return { traceId, spanId, isSampled: (traceFlags & TraceFlags.SAMPLED) !== 0 };
}

/** One line a request, when its answer is out. The query is not in it: it holds what people look for. */
export function logRequest(
  log: Logger,
  request: FastifyRequest,
  reply: FastifyReply,
  {
    ms,
    bytes,
    aborted,
  }: { readonly ms: number; readonly bytes: number | undefined; readonly aborted: boolean },
): void {
  const { id, method, address } = request;
  const who = nameOf(request.caller);
  const trace = traceParentOf(request);
  log.info('request', {
    id,
    method,
    path: pathToLog(request),
    status: reply.statusCode,
    ...(bytes !== undefined && { bytes }),
    ms: Math.round(ms),
    address,
    ...(who !== undefined && { who }),
    ...(trace && { trace: trace.traceId }),
    ...(aborted && { aborted }),
  });
}

/** Without its query, and without what may be a recovery PIN. */
function pathToLog({ url }: FastifyRequest): string {
  const [path = ''] = url.split('?', 1);
  return /^\/+\d+\/*$/.test(path) ? '/…' : path;
}
