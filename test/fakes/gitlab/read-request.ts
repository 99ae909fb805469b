import type { IncomingMessage } from 'node:http';
import type { Token, World } from './world.js';

export interface ReadRequest {
  readonly method: string;
  readonly query: Readonly<Record<string, unknown>>;
  readonly raw: Buffer;
  /** The body as its type says: JSON, the members of a form, or nothing for bytes. */
  readonly body: unknown;
  readonly members: Readonly<Record<string, unknown>>;
  readonly token: Token | undefined;
  /** A token was shown that is none. */
  readonly badToken: boolean;
}

export async function readRequest(request: IncomingMessage, url: URL, world: World): Promise<ReadRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const raw = Buffer.concat(chunks);
  const body = await bodyOf(raw, request.headers['content-type'] ?? '');
  const members = typeof body === 'object' && body !== null && !Array.isArray(body) ? body as Record<string, unknown> : {};
  const query = membersOf(url.searchParams);
  return { method: request.method ?? 'GET', query, raw, body, members, ...tokenOf(request, query, world) };
}

async function bodyOf(raw: Buffer, type: string): Promise<unknown> {
  if (raw.length === 0) return undefined;
  if (type.startsWith('application/json')) return JSON.parse(raw.toString('utf8')) as unknown;
  if (type.startsWith('application/x-www-form-urlencoded')) return membersOf(new URLSearchParams(raw.toString('utf8')));
  if (!type.startsWith('multipart/form-data')) return undefined;
  const form = await new Response(new Uint8Array(raw), { headers: { 'content-type': type } }).formData();
  return Object.fromEntries([...form.entries()].map(([name, value]) => [name, typeof value === 'string' ? value : value.name]));
}

/** `labels[]=a&labels[]=b` is a list. */
function membersOf(params: URLSearchParams): Record<string, unknown> {
  const members: Record<string, unknown> = {};
  for (const [name, value] of params) {
    if (name.endsWith('[]')) members[name.slice(0, -2)] = [...(members[name.slice(0, -2)] ?? []) as unknown[], value];
    else members[name] = value;
  }
  return members;
}

function tokenOf(request: IncomingMessage, query: Readonly<Record<string, unknown>>, world: World): { readonly token: Token | undefined; readonly badToken: boolean } {
  const shown = (name: string): string | undefined => {
    const value = request.headers[name] ?? query[name.replace('-', '_')];
    return typeof value === 'string' ? value : undefined;
  };
  const job = shown('job-token');
  const other = shown('private-token') ?? /^bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const value = job ?? other;
  if (value === undefined) return { token: undefined, badToken: false };
  const found = world.tokens.get(value);
  // A job's token is one only in its own header, and the others only in theirs.
  const fits = found !== undefined && !found.revoked && found.account.state === 'active' && (found.kind === 'job') === (job !== undefined);
  return { token: fits ? found : undefined, badToken: !fits };
}
