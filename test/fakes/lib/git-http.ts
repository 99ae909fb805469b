import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { devNull } from 'node:os';
import { dirname, basename } from 'node:path';

export interface GitRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The bare repository. */
  readonly gitDir: string;
  /** What comes behind the repository's address: `/info/refs`, `/git-upload-pack` or `/git-receive-pack`. */
  readonly path: string;
  readonly query: string;
  /** The account that asks; `undefined`: nobody. */
  readonly user: string | undefined;
  /** False: a push is refused with 403, as forges do. */
  readonly mayWrite: boolean;
}

/** Whether a request is one of git's own, and which part of its path names the repository. */
export function gitPathOf(path: string): { readonly repository: string; readonly rest: string } | undefined {
  const found = /^\/([A-Za-z0-9_./-]+?)\.git(\/(?:info\/refs|git-upload-pack|git-receive-pack))$/.exec(path);
  return found?.[1] === undefined || found[2] === undefined ? undefined : { repository: found[1], rest: found[2] };
}

export function wantsToWrite(rest: string, query: string): boolean {
  return rest === '/git-receive-pack' || new URLSearchParams(query).get('service') === 'git-receive-pack';
}

/** The account and password of `Authorization: Basic`; empty texts when there are none. */
export function basicCredentials(header: string | undefined): { readonly user: string; readonly password: string } {
  const text = Buffer.from(/^basic\s+(.*)$/i.exec(header ?? '')?.[1] ?? '', 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? { user: text, password: '' } : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/**
 * git over HTTP for the fakes: git's own CGI program serves a real bare repository, so that pushes, leases and races are git's and
 * not ours. Whoever asks is proved before; only the right to write is looked at here.
 */
export async function serveGit({ request, response, gitDir, path, query, user, mayWrite }: GitRequest): Promise<void> {
  if (user === undefined) {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="fake"', 'content-type': 'text/plain' }).end('Unauthorized\n');
    return;
  }
  if (wantsToWrite(path, query) && !mayWrite) {
    response.writeHead(403, { 'content-type': 'text/plain' }).end('User permission denied for writing.\n');
    return;
  }
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const answer = await runCgi({ gitDir, path, query, user, method: request.method ?? 'GET', headers: request.headers, body });
  const end = answer.indexOf('\r\n\r\n');
  if (end < 0) throw new Error(`git http-backend gave no headers for ${path}: ${answer.toString('utf8').slice(0, 500)}`);
  const headers = Object.fromEntries(answer.toString('latin1', 0, end).split('\r\n').map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
  const { status, ...rest } = headers;
  response.writeHead(status === undefined ? 200 : Number.parseInt(status, 10), rest).end(answer.subarray(end + 4));
}

interface CgiCall { readonly gitDir: string; readonly path: string; readonly query: string; readonly user: string; readonly method: string; readonly headers: IncomingMessage['headers']; readonly body: Buffer }

function runCgi({ gitDir, path, query, user, method, headers, body }: CgiCall): Promise<Buffer> {
  const child = spawn('git', ['http-backend'], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'] ?? '/usr/bin:/bin', HOME: devNull, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: devNull,
      // Forges let objects be asked for by name, as long as a ref reaches them, and do not wait for a clean-up of theirs.
      GIT_CONFIG_COUNT: '5', GIT_CONFIG_KEY_0: 'http.receivepack', GIT_CONFIG_VALUE_0: 'true', GIT_CONFIG_KEY_1: 'receive.autogc', GIT_CONFIG_VALUE_1: 'false',
      GIT_CONFIG_KEY_2: 'uploadpack.allowFilter', GIT_CONFIG_VALUE_2: 'true', GIT_CONFIG_KEY_3: 'uploadpack.allowAnySHA1InWant', GIT_CONFIG_VALUE_3: 'true',
      GIT_CONFIG_KEY_4: 'safe.directory', GIT_CONFIG_VALUE_4: '*',
      GIT_PROJECT_ROOT: dirname(gitDir), GIT_HTTP_EXPORT_ALL: '1', PATH_INFO: `/${basename(gitDir)}${path}`, QUERY_STRING: query, REQUEST_METHOD: method, REMOTE_USER: user, REMOTE_ADDR: '127.0.0.1',
      CONTENT_TYPE: headers['content-type'] ?? '', CONTENT_LENGTH: String(body.length), HTTP_CONTENT_ENCODING: headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(headers['git-protocol'] ?? ''), HTTP_GIT_PROTOCOL: String(headers['git-protocol'] ?? ''),
    },
  });
  return new Promise((resolve, reject) => {
    const out: Buffer[] = [];
    let problems = '';
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => { problems += chunk.toString('utf8'); });
    child.on('error', reject);
    // A client that goes away in the middle ends it with an error: that is the client's affair.
    child.on('close', () => { if (out.length > 0) resolve(Buffer.concat(out)); else reject(new Error(`git http-backend wrote nothing: ${problems}`)); });
    child.stdin.on('error', () => undefined);
    child.stdin.end(body);
  });
}
