import type { FastifyReply, FastifyRequest } from 'fastify';
import { SECOND } from '../base/clock.ts';
import { SesameError } from '../base/errors.ts';
import { sendProblem } from './problem.ts';

/** Where the form of the page goes (GUARD.md 4). */
export const RECOVERY_PATH = '/recover';

const FORM = `<form method="post" action="${RECOVERY_PATH}">
<label>Recovery PIN <input name="pin" inputmode="numeric" autocomplete="off" pattern="[0-9]{8}" required></label>
<button>Let me back in</button>
</form>
<p>Whoever runs this server has the PIN, or can run <code>sesamed guard unblock ADDRESS</code>.</p>`;

/** What who is blocked gets, whatever he asks for. @param left ms */
export function sendBlocked(
  request: FastifyRequest,
  reply: FastifyReply,
  left: number,
  hasPin: boolean,
): FastifyReply {
  const seconds = Math.ceil(left / SECOND);
  void reply.header('retry-after', seconds);
  // HTTP/2 has no such header.
  if (request.raw.httpVersionMajor < 2) void reply.header('connection', 'close');
  if (!wantsPage(request)) {
    sendProblem(request, reply, new SesameError('blocked', `blocked for another ${seconds} seconds`));
    return reply;
  }
  const text = `<p>Too many requests from your address went wrong. It is blocked for another ${seconds} seconds.</p>`;
  return sendPage(reply, 403, 'Blocked for a while', hasPin ? `${text}\n${FORM}` : text);
}

/** @param body HTML of ours, without a character from outside */
export function sendPage(reply: FastifyReply, status: number, title: string, body: string): FastifyReply {
  return (
    reply
      .code(status)
      // Its form is sent with an origin, which the check of sites looks at.
      .header('referrer-policy', 'same-origin')
      .header('cache-control', 'no-store')
      .type('text/html; charset=utf-8')
      .send(
        `<!doctype html>\n<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">\n` +
          `<title>${title}</title>\n<h1>${title}</h1>\n${body}\n</html>\n`,
      )
  );
}

/** Browsers say that they want one; programs do not. */
export function wantsPage({ headers }: FastifyRequest): boolean {
  return headers.accept?.includes('text/html') ?? false;
}
