import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { SesameError } from '../../base/errors.ts';
import type { Guard } from '../../guard/guard.ts';
import { TooManyAttempts, type Recovery } from '../../guard/recovery.ts';
import type { AuditTrail } from '../audit-trail.ts';
import { RECOVERY_PATH, sendPage, wantsPage } from '../blocked-page.ts';
import { refusalOf, sendProblem } from '../problem.ts';

const FORM_LIMIT = 1024;

interface RecoveryRoutesParts {
  readonly guard: Guard;
  readonly recovery: Recovery;
  readonly audit: AuditTrail;
}

/** How who is blocked gets back in (GUARD.md 4): for all others, there is nothing here. */
export async function recoveryRoutes(app: FastifyInstance, parts: RecoveryRoutesParts): Promise<void> {
  const { guard } = parts;
  const isBlocked = (request: FastifyRequest): boolean =>
    guard.blockedFor(guard.sourceOf(request.address)) > 0;

  app.get<{ Params: { pin: string } }>(
    '/:pin(^\\d{8}$)',
    { config: { recovers: true } },
    (request, reply) => {
      if (!isBlocked(request)) throw new SesameError('not-found', 'there is nothing of this name');
      return recover(request, reply, request.params.pin, parts);
    },
  );

  await app.register((form, _options, done) => {
    form.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: FORM_LIMIT },
      (_request, body, parsed) => {
        parsed(null, new URLSearchParams(String(body)).get('pin') ?? '');
      },
    );
    form.post(RECOVERY_PATH, { config: { recovers: true } }, (request, reply) => {
      if (!isBlocked(request)) throw new SesameError('not-found', 'your address is not blocked');
      const { body } = request;
      return recover(request, reply, typeof body === 'string' ? body : '', parts);
    });
    done();
  });
}

async function recover(
  request: FastifyRequest,
  reply: FastifyReply,
  pin: string,
  { guard, recovery, audit }: RecoveryRoutesParts,
): Promise<FastifyReply> {
  const source = guard.sourceOf(request.address);
  if (source === null) throw new SesameError('not-found', 'your address is not blocked');
  const deed = { action: 'guard.recover', target: source, actor: '' };
  try {
    await recovery.recover(source, pin);
  } catch (error) {
    // What was not even looked at is not written down: that would be work for who floods.
    if (error instanceof TooManyAttempts) void reply.header('retry-after', error.seconds);
    else await audit.refused(request, deed);
    const refusal = refusalOf(error);
    if (wantsPage(request))
      return sendPage(reply, refusal.status, 'Not let in', `<p>${refusal.error.message}.</p>`);
    sendProblem(request, reply, error);
    return reply;
  }
  await audit.done(request, deed);
  const text = 'Your address is let in again. The PIN is used up.';
  return wantsPage(request)
    ? sendPage(reply, 200, 'Let in again', `<p>${text}</p>\n<p><a href="/">Go on</a></p>`)
    : reply.header('cache-control', 'no-store').type('text/plain; charset=utf-8').send(`${text}\n`);
}
