import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema, HTTPMethods } from 'fastify';
import { z } from 'zod';
import { prefixOf } from '../base/addresses.ts';
import { SesameError } from '../base/errors.ts';
import type { Audience, Caller } from './caller.ts';
import { problem } from './api-schemas.ts';

/** One request of the API, checked. */
export interface Call<Query, Body> {
  readonly query: Query;
  readonly body: Body;
  readonly caller: Caller | undefined;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** A route as HTTP.md 4 lists it: what the server checks and what OpenAPI says of it are one and the same. */
export interface ApiRoute<Query, Body, Result> {
  /** A GET that sends its own answer says itself what HEAD gets. */
  readonly method: HTTPMethods | HTTPMethods[];
  readonly path: string;
  readonly summary: string;
  readonly audience: Audience;
  /** How often one address may ask; without it, the general rate holds. */
  readonly rate?: { readonly max: number; readonly timeWindow: string };
  /** It goes on for as long as somebody looks on, or is over at once. */
  readonly takesNoTurn?: boolean;
  readonly query?: z.ZodType<Query>;
  readonly body?: z.ZodType<Body>;
  /** Of success. */
  readonly status: 200 | 201 | 204;
  /** Undefined where there is no answer in JSON: the route sends its own, or none. */
  readonly result?: z.ZodType<Result>;
  carryOut(call: Call<Query, Body>): Promise<Result>;
}

export function addRoute<Query = undefined, Body = undefined, Result = void>(
  app: FastifyInstance,
  route: ApiRoute<Query, Body, Result>,
): void {
  const { method, path, summary, audience, rate, takesNoTurn, query, body, status, result } = route;
  app.route({
    method,
    ...(Array.isArray(method) && { exposeHeadRoute: false }),
    url: path,
    config: {
      audience,
      takesNoTurn: takesNoTurn ?? false,
      ...(rate && { rateLimit: { ...rate, groupId: path, keyGenerator: addressOf } }),
    },
    schema: {
      summary,
      ...(query && { querystring: query }),
      ...(body && { body }),
      response: { [status]: result ?? z.undefined(), default: problem },
      ...(audience !== 'anybody' && {
        security: [{ session: [] }, ...(audience === 'client' ? [{ token: [] }] : [])],
      }),
    },
    handler: async (request, reply) => {
      const call: Call<Query, Body> = {
        // The validator compiler has made exactly these of them.
        query: request.query as Query,
        body: request.body as Body,
        caller: request.caller,
        request,
        reply,
      };
      void reply.code(status);
      const answer = await route.carryOut(call);
      if (answer !== undefined) return answer;
      return status === 204 ? reply.send() : reply;
    },
  });
}

/** What OpenAPI says of a route that checks its requests itself. */
export function describedAs(
  summary: string,
  answers: Readonly<Record<number, z.ZodType>>,
  query?: z.ZodType,
): { readonly schema: FastifySchema; readonly config: { readonly audience: Audience } } {
  return {
    config: { audience: 'client' },
    schema: {
      summary,
      ...(query && { querystring: query }),
      response: { ...answers, default: problem },
      security: [{ session: [] }, { token: [] }],
    },
  };
}

/** Zod checks what comes in. */
export function validatorFor(schema: unknown): (given: unknown) => { value: unknown } | { error: Error } {
  return (given) => {
    if (!(schema instanceof z.ZodType)) return { value: given };
    const checked = schema.safeParse(given);
    if (checked.success) return { value: checked.data };
    const why = checked.error.issues.map(({ path, message }) =>
      [path.join('.'), message].filter(Boolean).join(': '),
    );
    return { error: new SesameError('bad-request', why.join('; '), { cause: checked.error }) };
  };
}

/** @returns undefined for a schema that is none of zod's, or says nothing */
export function jsonSchemaOf(schema: unknown): Record<string, unknown> | undefined {
  if (!(schema instanceof z.ZodType) || schema instanceof z.ZodUndefined) return undefined;
  const described = { ...z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) };
  // The document says once which dialect it is in.
  delete described.$schema;
  return described;
}

/** What strangers are counted by: an IPv4 address, an IPv6 /64. */
function addressOf(request: FastifyRequest): string {
  return prefixOf(request.address);
}
