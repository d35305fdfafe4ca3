import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaOf } from './api-route.ts';
import { SESSION_COOKIE } from './caller.ts';

/** Describes the routes that come behind it, out of what they check (OpenAPI 3.1). */
export async function describeApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Sesame',
        version,
        description: 'What the web console speaks, and scripts may. Refusals are RFC 9457 problems.',
      },
      components: {
        securitySchemes: {
          session: { type: 'apiKey', in: 'cookie', name: SESSION_COOKIE },
          token: { type: 'http', scheme: 'bearer' },
        },
      },
    },
    transform: ({ schema, url }) => {
      if (!url.startsWith('/api/') && !url.startsWith('/upload')) return { schema: { hide: true }, url };
      const { querystring, body, response, ...rest } = schema as Record<string, unknown>;
      const answers = Object.entries((response ?? {}) as Record<string, unknown>).map(([status, shape]) => [
        status,
        { description: descriptionOf(status), ...contentOf(status, shape) },
      ]);
      return {
        url,
        schema: {
          ...rest,
          ...(querystring !== undefined && { querystring: jsonSchemaOf(querystring) }),
          ...(body !== undefined && { body: jsonSchemaOf(body) }),
          response: Object.fromEntries(answers) as Record<string, unknown>,
        },
      };
    },
  });
  app.get('/api/openapi.json', { schema: { hide: true }, config: { audience: 'client' } }, () =>
    app.swagger(),
  );
}

function descriptionOf(status: string): string {
  return status === 'default' ? 'refused' : 'done';
}

function contentOf(status: string, shape: unknown): Record<string, unknown> {
  const schema = jsonSchemaOf(shape);
  if (!schema) return {};
  const type = status === 'default' ? 'application/problem+json' : 'application/json';
  return { content: { [type]: { schema } } };
}
