import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type Span,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { traceParentOf } from './request-log.ts';

const SERVICE = 'sesamed';

/** Exports a span for each request to a collector (OTLP over HTTP). */
export interface Tracing extends AsyncDisposable {
  begin(request: FastifyRequest): Span;
  end(span: Span, request: FastifyRequest, reply: FastifyReply): void;
}

/** @param endpoint `http://collector:4318` */
export function startTracing(endpoint: string, version: string): Tracing {
  const exporter = new OTLPTraceExporter({ url: new URL('/v1/traces', endpoint).href });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': SERVICE, 'service.version': version }),
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  });
  const tracer = provider.getTracer(SERVICE);

  return {
    begin(request) {
      const parent = traceParentOf(request);
      const context = parent
        ? trace.setSpanContext(ROOT_CONTEXT, {
            traceId: parent.traceId,
            spanId: parent.spanId,
            traceFlags: parent.isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
            isRemote: true,
          })
        : ROOT_CONTEXT;
      return tracer.startSpan(request.method, { kind: SpanKind.SERVER }, context);
    },
    end(span, request, reply) {
      const route = request.routeOptions.url ?? '';
      span.updateName(`${request.method} ${route}`.trimEnd());
      span.setAttributes(attributesOf(request, reply, route));
      if (reply.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    },
    [Symbol.asyncDispose]: () => provider.shutdown(),
  };
}

/** As OpenTelemetry's conventions for HTTP servers name them; no name of a file or client. */
function attributesOf(request: FastifyRequest, reply: FastifyReply, route: string): Attributes {
  return {
    'http.request.method': request.method,
    'http.response.status_code': reply.statusCode,
    'http.route': route,
    'url.scheme': request.protocol,
    'client.address': request.address,
    'network.protocol.version': request.raw.httpVersion,
  };
}
