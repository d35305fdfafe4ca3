import type { FastifyInstance } from 'fastify';
import { isLoopback } from '../../base/addresses.ts';
import { SesameError } from '../../base/errors.ts';
import type { Metrics } from '../metrics.ts';

interface HealthParts {
  readonly metrics: Metrics;
  readonly isDraining: () => boolean;
  /** Besides loopback. */
  readonly mayReadMetrics: (address: string) => boolean;
}

/** For whoever watches over the process (HTTP.md 1 and 7). */
export function healthRoutes(
  app: FastifyInstance,
  { metrics, isDraining, mayReadMetrics }: HealthParts,
): void {
  const config = { takesNoTurn: true };
  app.get('/healthz', { config }, (_request, reply) =>
    reply.header('cache-control', 'no-store').send({ status: 'ok' }),
  );

  app.get('/readyz', { config }, (_request, reply) => {
    void reply.header('cache-control', 'no-store');
    if (isDraining()) throw new SesameError('draining', 'the server is stopping');
    return reply.send({ status: 'ready' });
  });

  app.get('/metrics', { config }, async (request, reply) => {
    if (!isLoopback(request.address) && !mayReadMetrics(request.address)) {
      throw new SesameError(
        'not-signed-in',
        'metrics are for loopback, and for the networks in metrics-from',
      );
    }
    void reply.header('cache-control', 'no-store').type(metrics.contentType);
    return metrics.text();
  });
}
