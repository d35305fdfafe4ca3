import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import multipart, { type MultipartFile } from '@fastify/multipart';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import { messageOf, SesameError } from '../../base/errors.ts';
import { clientNameKey } from '../../transfer/storage-path.ts';
import type { Machine } from '../../transfer/machine-ports.ts';
import { describedAs } from '../api-route.ts';
import { storedUpload } from '../api-schemas.ts';
import type { ConsoleParts } from '../console-parts.ts';
import { partOf } from '../upload-part.ts';
import {
  UploadDesk,
  WrongOffset,
  type Received,
  type StoredUpload,
  type UploadFacts,
} from '../upload-desk.ts';
import { decodedPath } from '../web-path.ts';

const JSON_LIMIT = 1024 * 1024;
const MOST_FILES = 1000;
/** A form is read to its end however many of its files are refused; this is for its other fields. */
const FORM_LIMITS = {
  files: MOST_FILES,
  fields: 100,
  fieldSize: 64 * 1024,
  headerPairs: 100,
  fileSize: Infinity,
};
const formQuery = z.object({ to: z.string().max(4096).optional().describe('below this folder') });
/** RFC 9530. */
const SHA256_DIGEST = /(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):/;

/** Files that come by HTTP, into the space of whoever sends them (HTTP.md 3). */
export async function uploadRoutes(
  app: FastifyInstance,
  parts: ConsoleParts,
  { isDraining, clock }: { readonly isDraining: () => boolean; readonly clock: Clock },
): Promise<void> {
  const desk = new UploadDesk({ ...parts, clock });
  await app.register(multipart, { limits: FORM_LIMITS });
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: JSON_LIMIT },
    (_, body, done) => {
      try {
        JSON.parse(body.toString());
        done(null, body);
      } catch {
        done(new SesameError('bad-request', 'the body is no JSON'));
      }
    },
  );

  const spaceOf = async ({ caller }: FastifyRequest): Promise<Machine> => {
    if (isDraining()) throw new SesameError('draining', 'the server is stopping: try again in a moment');
    if (caller?.kind === 'client') return caller.machine;
    if (!caller) throw new SesameError('not-signed-in', 'sign in, or give an access token');
    if (caller.signedIn.person.role !== 'operator') {
      throw new SesameError('not-allowed', 'a viewer changes nothing');
    }
    return parts.people.spaceOf(caller.signedIn.person);
  };

  const stored = { 201: storedUpload };
  app.post(
    '/upload',
    describedAs('Upload a form’s files, or a JSON document', stored, formQuery),
    async (request, reply) => {
      const machine = await spaceOf(request);
      if (Buffer.isBuffer(request.body)) {
        const path = `uploads/upload_${stampOf(clock.now())}_${randomBytes(4).toString('hex')}.json`;
        const facts = { path, modified: undefined, sha256: digestIn(request) };
        const part = { from: 0, size: request.body.byteLength, isLast: true };
        return answer(reply, await desk.receive(machine, facts, part, Readable.from([request.body])));
      }
      if (!request.isMultipart()) {
        throw new SesameError('unsupported-type', 'application/json or multipart/form-data is taken here');
      }
      // The validator compiler has made exactly this of it.
      const { to } = request.query as z.output<typeof formQuery>;
      const files: StoredUpload[] = [];
      for await (const { filename, file } of filesOf(request)) {
        const path = to === undefined ? filename : `${to}/${filename}`;
        const part = { from: 0, size: null, isLast: true };
        const received = await desk.receive(machine, { path, modified: undefined, sha256: null }, part, file);
        if (received.isStored) files.push(received.stored);
      }
      const [first] = files;
      if (!first) throw new SesameError('bad-request', 'the form has no file');
      const message = files.length === 1 ? 'File stored' : `${files.length} files stored`;
      return reply.code(201).send({ status: 'success', message, ...first, files });
    },
  );

  // Whatever its type: the body is the file. A scope of its own, for here nothing is parsed.
  await app.register((raw, _options, done) => {
    raw.removeAllContentTypeParsers();
    raw.addContentTypeParser('*', (_request, _body, parsed) => {
      parsed(null);
    });

    raw.route({
      method: ['PUT', 'PATCH'],
      url: '/upload/*',
      ...describedAs('Upload a file, or a part of it', {
        200: storedUpload,
        201: storedUpload,
        202: z.undefined(),
      }),
      handler: async (request, reply) => {
        const machine = await spaceOf(request);
        const received = await desk.receive(machine, factsOf(request), partOf(request), request.raw);
        return answer(reply, received);
      },
      errorHandler: (error, request, reply) => {
        if (error instanceof WrongOffset) void reply.header('upload-offset', error.offset);
        throw error;
      },
    });

    raw.head(
      '/upload/*',
      describedAs('How much of a file is there', { 204: z.undefined() }),
      async (request, reply) => {
        const machine = await spaceOf(request);
        const path = pathOf(request);
        const left = await parts.uploads.unfinished(machine, path);
        void reply.header('cache-control', 'no-store').code(204);
        if (left) return reply.header('upload-offset', left.received).header('upload-complete', '?0').send();
        const stored = await parts.browser.find(clientNameKey(machine.name), path);
        if (!stored) throw new SesameError('not-found', 'nothing of this file is here');
        return reply.header('upload-offset', stored.size).header('upload-complete', '?1').send();
      },
    );

    raw.delete(
      '/upload/*',
      describedAs('Forget an unfinished upload', { 204: z.undefined() }),
      async (request, reply) => {
        const machine = await spaceOf(request);
        if (!(await desk.forget(machine, pathOf(request)))) {
          throw new SesameError('not-found', 'nothing of this upload is here');
        }
        return reply.code(204).send();
      },
    );
    done();
  });
}

/** The files of a form, one after another. @throws `bad-request` where it is no sound form */
async function* filesOf(request: FastifyRequest): AsyncGenerator<MultipartFile> {
  try {
    yield* request.files();
  } catch (error) {
    if (error instanceof SesameError || (error instanceof Error && 'statusCode' in error)) throw error;
    throw new SesameError('bad-request', `this is no sound form: ${messageOf(error)}`, { cause: error });
  }
}

function answer(reply: FastifyReply, received: Received): FastifyReply {
  if (!received.isStored) return reply.code(202).header('upload-offset', received.offset).send();
  const { wasThere, stored } = received;
  void reply.code(wasThere ? 200 : 201).header('upload-complete', '?1');
  return reply.send({ status: 'success', message: wasThere ? 'File was there' : 'File stored', ...stored });
}

function factsOf(request: FastifyRequest): UploadFacts {
  const said = Date.parse(request.headers['last-modified'] ?? '');
  return {
    path: pathOf(request),
    modified: Number.isNaN(said) ? undefined : said,
    sha256: digestIn(request),
  };
}

function pathOf(request: FastifyRequest): string {
  return decodedPath(request.raw.url ?? '').slice('/upload/'.length);
}

/** @throws `bad-request` for a digest that is none */
function digestIn({ headers }: FastifyRequest): Uint8Array | null {
  const given = headers['repr-digest'] ?? headers['content-digest'];
  if (given === undefined) return null;
  const [, base64] = SHA256_DIGEST.exec(String(given)) ?? [];
  if (base64 === undefined) throw new SesameError('bad-request', 'Repr-Digest: sha-256=:BASE64: is wanted');
  return Buffer.from(base64, 'base64');
}

/** `20261121_185500`, UTC. */
function stampOf(time: number): string {
  return new Date(time).toISOString().slice(0, 19).replaceAll('-', '').replaceAll(':', '').replace('T', '_');
}
