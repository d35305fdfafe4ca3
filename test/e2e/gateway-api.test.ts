// The OpenAPI document against what the server does, and HTTP.md against both.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ERROR_KINDS, SesameError, type ErrorCode } from '../../src/base/errors.ts';
import { problemOf, statusOf } from '../../src/gateway/problem.ts';
import { WebServer, type SignedIn, type WebAnswer } from '../support/web.ts';

interface Operation {
  readonly summary: string;
  readonly responses: Record<string, { readonly content?: Record<string, { readonly schema: object }> }>;
  readonly security?: Record<string, unknown>[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: object }> };
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
  }[];
}

interface Document {
  readonly openapi: string;
  readonly info: { readonly version: string };
  readonly paths: Record<string, Record<string, Operation>>;
}

const HTTP_MD = readFileSync('docs/HTTP.md', 'utf8');

let web: WebServer;
let ada: SignedIn;
let document: Document;

beforeAll(async () => {
  web = await WebServer.start();
  ada = await web.operator();
  const headers = await ada.tokenFor('laptop');
  await web.ask('/upload/f', { method: 'PUT', body: 'content', headers });
  document = await ada.json<Document>('/api/openapi.json');
});
afterAll(async () => {
  await web[Symbol.asyncDispose]();
});

const operations = (): string[] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );

test('it is OpenAPI 3.1, of this version', () => {
  expect(document.openapi).toMatch(/^3\.1\./);
  expect(document.info.version).toMatch(/^\d+\.\d+\.\d+$/);
});

test('it has the routes that HTTP.md lists, and no other', () => {
  const section = HTTP_MD.split('## 4 The API')[1]?.split('\n## 5')[0] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  const listed = rows.flatMap((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/`(GET|POST|PUT|DELETE|PATCH) (\/api[^`?]*)/g)].map(
      ([, method = '', path = '']) => `${method} ${path}`,
    ),
  );
  // HEAD goes with GET.
  const api = operations().filter((operation) => /^(?!HEAD ).* \/api\//.test(operation));
  expect(api.toSorted()).toEqual(listed.toSorted());
});

test('each operation says what it is for, how it refuses, and who may', () => {
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const which = `${method} ${path}`;
      expect(operation.summary, which).toMatch(/^[A-Z]/);
      expect(operation.responses['default']?.content, which).toHaveProperty(['application/problem+json']);
      const isSigningIn = method === 'post' && path.startsWith('/api/session');
      expect(operation.security === undefined, which).toBe(isSigningIn);
    }
  }
});

describe('what is answered is what is described', () => {
  test.for([
    '/api/session',
    '/api/overview',
    '/api/files',
    '/api/file?client=laptop&path=f',
    '/api/clients',
    '/api/tokens',
    '/api/security',
    '/api/audit',
    '/api/settings',
    '/api/users',
  ])('GET %s', async (path) => {
    const answer = await ada.ask(path);
    expect(answer.status).toBe(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    expectDescribed(answer, 'get', path);
  });

  test('POST: what is made, verified, blocked', async () => {
    const asked = {
      '/api/clients': { name: 'described' },
      '/api/tokens': { client: 'described-too' },
      '/api/users': { name: 'vic', role: 'viewer' },
      '/api/guard/block': { who: '203.0.113.7', seconds: 60 },
      '/api/guard/pin': {},
      '/api/file/verify': { client: 'laptop', path: 'f' },
      '/api/session': { name: 'ada', password: 'correct horse battery' },
    };
    for (const [path, json] of Object.entries(asked)) {
      const answer = await ada.ask(path, { json });
      expect(answer.status, path).toBeLessThan(300);
      expectDescribed(answer, 'post', path);
    }
  });

  test('a body that is not what it should be: 400 that names the field', async () => {
    for (const [path, json, field] of [
      ['/api/clients', {}, 'name'],
      ['/api/clients', { name: 'x', expires_hours: -1 }, 'expires_hours'],
      ['/api/users', { name: 'x', role: 'king' }, 'role'],
      ['/api/tokens', { client: ['x'] }, 'client'],
      ['/api/file/verify', { client: 'x' }, 'path'],
    ] as const) {
      const answer = await ada.ask(path, { json });
      expect([answer.status, answer.code], path).toEqual([400, 'bad-request']);
      expect(answer.json<{ detail: string }>().detail).toContain(field);
    }
    const broken = await ada.ask('/api/clients', {
      method: 'POST',
      body: '{"name":',
      headers: { 'content-type': 'application/json' },
    });
    expect([broken.status, broken.code]).toEqual([400, 'bad-request']);
    const other = await ada.ask('/api/clients', {
      method: 'POST',
      body: 'name=x',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect([other.status, other.code]).toEqual([415, 'unsupported-type']);
    const long = await ada.ask('/api/clients', { json: { name: 'x'.repeat(1024 * 1024) } });
    expect([long.status, long.code]).toEqual([413, 'too-large']);
  });
});

/** Holds an answer against the schema of its status, by the same library that reads JSON Schema elsewhere. */
function expectDescribed(answer: WebAnswer, method: string, path: string): void {
  const operation = document.paths[path.split('?')[0] ?? '']?.[method];
  const schema = operation?.responses[answer.status]?.content?.['application/json']?.schema;
  if (!schema) throw new Error(`${method} ${path} ${answer.status} is not described`);
  const checked = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]).safeParse(answer.json());
  expect(checked.error?.issues ?? [], path).toEqual([]);
}

test('the codes that HTTP.md lists have the statuses that it says', () => {
  const rows = [...HTTP_MD.matchAll(/^\| `([a-z-]+)` \| (\d{3}) \|/gm)];
  expect(rows.length).toBeGreaterThan(8);
  for (const [, code = '', status] of rows) {
    expect(ERROR_KINDS, code).toHaveProperty([code]);
    expect(statusOf(new SesameError(code as ErrorCode, '')), code).toBe(Number(status));
  }
});

test('faults of ours say nothing of what is inside', () => {
  for (const code of ['storage-failed', 'content-lost', 'internal'] as const) {
    const error = new SesameError(code, '/srv/data/sesame.db: disk I/O error');
    expect(statusOf(error)).toBe(500);
    const { detail } = problemOf(error, 500, 'request-1');
    expect(detail).toContain('request-1');
    expect(detail).not.toContain('sesame.db');
  }
});
