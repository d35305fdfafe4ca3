import type { Problem, Session } from '../api-types.ts';
import type { Faults } from './faults.ts';
import { endSession, session } from './session-state.ts';
import { urlOf, type Query } from './url.ts';

/** A refusal of the server, or `unreachable` where there was no answer at all. The message is fit for people. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: string;
  readonly status: number;
  /** Of what was sent, by field. */
  readonly faults: Faults;

  constructor(
    code: string,
    status: number,
    detail: string,
    { cause, faults = {} }: { readonly cause?: unknown; readonly faults?: Faults } = {},
  ) {
    super(detail, { cause });
    this.code = code;
    this.status = status;
    this.faults = faults;
  }
}

interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly query?: Query;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/** Asks the API. `T` is what docs/HTTP.md says that the route answers; 204 is undefined. Throws ApiError. */
export async function ask<T>(path: string, call: Call = {}): Promise<T> {
  try {
    return (await send(path, call)) as T;
  } catch (error) {
    // Somebody signed in again in another tab: the cookie is new, and our token is not.
    if (!(error instanceof ApiError) || error.code !== 'cross-site' || !session.value) throw error;
    session.value = (await send('/api/session', {})) as Session;
    return (await send(path, call)) as T;
  }
}

async function send(path: string, { method = 'GET', query, body, signal }: Call): Promise<unknown> {
  const headers = new Headers({ accept: 'application/json' });
  if (body !== undefined) headers.set('content-type', 'application/json');
  if (method !== 'GET' && session.value) headers.set('x-csrf-token', session.value.csrf);

  const response = await reach(urlOf(path, query), {
    method,
    headers,
    body: body === undefined ? null : JSON.stringify(body),
    signal: signal ?? null,
  });
  if (!response.ok) throw await refusal(response);
  return response.status === 204 ? undefined : await response.json();
}

async function reach(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiError('unreachable', 0, 'The server cannot be reached. Try again in a moment.', {
      cause: error,
    });
  }
}

async function refusal(response: Response): Promise<ApiError> {
  const problem = (await response.json().catch(() => ({}))) as Partial<Problem>;
  const error = new ApiError(
    problem.code ?? 'unknown',
    response.status,
    problem.detail ?? problem.title ?? `The server answered with status ${response.status}.`,
    { faults: Object.fromEntries((problem.faults ?? []).map(({ field, message }) => [field, message])) },
  );
  if (error.code === 'not-signed-in') endSession();
  return error;
}
