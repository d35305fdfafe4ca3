import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { readableReceipt } from '../../transfer/receipt.ts';
import { addRoute } from '../api-route.ts';
import * as schemas from '../api-schemas.ts';
import type { AuditTrail } from '../audit-trail.ts';
import type { Caller } from '../caller.ts';
import type { ConsoleParts } from '../console-parts.ts';
import { csvOf } from '../csv.ts';
import { fileRowOf } from '../file-rows.ts';
import { noFile, ownerOf, scopeOf } from '../file-scope.ts';
import { sendStored } from '../stored-answer.ts';

/** Stored files: looked through, fetched, verified, deleted (HTTP.md 4). */
export function fileRoutes(app: FastifyInstance, parts: ConsoleParts, audit: AuditTrail): void {
  const { browser, files, activity } = parts;
  const take = (
    caller: Caller | undefined,
    { client, search, sort, order }: z.output<typeof schemas.fileOrder>,
  ) => browser.take({ client: scopeOf(caller, client), search, sort, descending: order === 'desc' });

  addRoute(app, {
    method: 'GET',
    path: '/api/files',
    summary: 'Stored files: a page of a snapshot',
    audience: 'client',
    query: schemas.fileQuery,
    status: 200,
    result: schemas.filePage,
    async carryOut({ query, caller }) {
      // A client has no snapshots of others to look into: its pages are of one that it has just taken.
      const known = caller?.kind === 'person' ? query.snapshot : undefined;
      const { snapshot, total } =
        known === undefined ? await take(caller, query) : await browser.measure(known);
      const rows = await browser.page(snapshot, query.offset, query.limit);
      return { snapshot, total, rows: rows.map((row) => row && fileRowOf(row)) };
    },
  });

  addRoute(app, {
    method: 'GET',
    path: '/api/files.csv',
    summary: 'Stored files as CSV, all of them',
    audience: 'client',
    query: schemas.fileOrder,
    status: 200,
    async carryOut({ query, caller, reply }) {
      const { snapshot, total } = await take(caller, query);
      void reply
        .header('content-type', 'text/csv; charset=utf-8')
        .header('content-disposition', 'attachment; filename="files.csv"')
        .send(Readable.from(csvOf(browser, snapshot, total), { objectMode: false }));
    },
  });

  addRoute(app, {
    method: 'GET',
    path: '/api/file',
    summary: 'One stored file, with its receipt and its older versions',
    audience: 'client',
    query: schemas.fileName,
    status: 200,
    result: schemas.fileDetails,
    async carryOut({ query: { client, path }, caller }) {
      const owner = ownerOf(caller, client);
      const [row, versions] = await Promise.all([browser.find(owner, path), browser.versions(owner, path)]);
      if (!row) throw noFile();
      const { entry } = await files.open(owner, path);
      const receipt = entry.receipt && { seq: entry.seq, ...readableReceipt(entry.receipt) };
      return { ...fileRowOf(row), receipt, versions: versions.map(fileRowOf) };
    },
  });

  addRoute(app, {
    method: ['GET', 'HEAD'],
    path: '/api/file/content',
    summary: 'The content of a stored file, as an attachment',
    audience: 'client',
    query: schemas.fileName,
    status: 200,
    async carryOut({ query: { client, path }, caller, request, reply }) {
      const opened = await files.open(ownerOf(caller, client), path);
      await audit.done(request, { action: 'file.download', target: `${opened.entry.clientName}/${path}` });
      sendStored(request, reply, opened, activity);
    },
  });

  addRoute(app, {
    method: 'POST',
    path: '/api/file/verify',
    summary: 'Read a stored file again, and hold it against what was acknowledged',
    audience: 'viewer',
    body: schemas.fileName,
    status: 200,
    result: schemas.verification,
    async carryOut({ body: { client, path }, caller, request }) {
      const result = await files.verify(ownerOf(caller, client), path);
      const { verdict, message, bytes, seconds } = result;
      await audit.done(request, { action: 'file.verify', target: `${client}/${path}`, detail: verdict });
      return { verdict, message, bytes, seconds };
    },
  });

  addRoute(app, {
    method: 'DELETE',
    path: '/api/file',
    summary: 'Delete a stored file; its receipts stay',
    audience: 'operator',
    query: schemas.fileName,
    status: 204,
    async carryOut({ query: { client, path }, caller, request }) {
      await files.remove(ownerOf(caller, client), path);
      await audit.done(request, { action: 'file.delete', target: `${client}/${path}` });
    },
  });
}
