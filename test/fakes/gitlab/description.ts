import { z } from 'zod';
import { OPERATIONS } from './operations.js';
import type { Operation } from './operations.js';

export interface Matched { readonly operation: Operation; readonly params: Readonly<Record<string, string>> }

/** Statuses that any call may get, with a text or an object that says why. */
const REFUSALS = new Set([400, 401, 403, 404, 405, 406, 409, 412, 422, 429, 500, 502, 503]);
const PAGING = ['page', 'per_page', 'pagination', 'cursor', 'id_after', 'private_token', 'job_token', 'access_token'];
const Refusal = z.union([z.looseObject({ message: z.unknown() }), z.looseObject({ error: z.string() })]);

const compiled = OPERATIONS.map((operation) => ({
  operation,
  names: [...operation.path.matchAll(/:(\w+)/g)].map((match) => match[1] ?? ''),
  // A star: the rest of the path, with its slashes.
  pattern: new RegExp(`^${operation.path.replace(/:\w+\*/g, '(.+)').replace(/:\w+/g, '([^/]+)')}$`),
}));

/** The operation that a call below `/api/v4` means. */
export function match(method: string, path: string): Matched | undefined {
  for (const { operation, names, pattern } of compiled) {
    const found = operation.method === method ? pattern.exec(path) : null;
    if (found !== null) return { operation, params: Object.fromEntries(names.map((name, index) => [name, decodeURIComponent(found[index + 1] ?? '')])) };
  }
  return undefined;
}

/** What is wrong with a request, in words. GitLab passes over members that it does not know: here they are wrong. */
export function requestProblems({ operation }: Matched, request: { readonly query: Readonly<Record<string, unknown>>; readonly body: unknown }): readonly string[] {
  const isList = operation.answer instanceof z.ZodArray;
  const known = new Set([...operation.query, ...(isList ? PAGING : PAGING.slice(-3))]);
  const unknownQuery = Object.keys(request.query).filter((name) => !known.has(name)).map((name) => `unknown query parameter ${name}`);
  if (operation.body === undefined || request.body === undefined) return request.body === undefined || operation.method === 'DELETE' ? unknownQuery : [...unknownQuery, 'a body where none is read'];
  const parsed = operation.body.safeParse(request.body);
  return parsed.success ? unknownQuery : [...unknownQuery, ...parsed.error.issues.map((issue) => `body ${issue.path.join('.')}: ${issue.message}`)];
}

export function responseProblems({ operation }: Matched, status: number, body: unknown): readonly string[] {
  if (REFUSALS.has(status)) {
    if (typeof body === 'string') return [];
    const parsed = Refusal.safeParse(body);
    return parsed.success ? [] : ['a refusal without words'];
  }
  if (status === 304 || status === operation.status || (operation.status === 204 && status === 200) || (operation.name === 'merge_trains.add' && status === 202)) {
    if (operation.answer === 'raw' || operation.answer === undefined) return [];
    const parsed = operation.answer.safeParse(body);
    return parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  }
  return [`status ${String(status)} is not documented`];
}
