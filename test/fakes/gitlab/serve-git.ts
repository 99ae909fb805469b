import type { IncomingMessage, ServerResponse } from 'node:http';
import { basicCredentials, serveGit, wantsToWrite } from '../lib/git-http.js';
import { isProtected } from './handle-repository.js';
import { startPipeline } from './start-pipeline.js';
import type { Project, Token, World } from './world.js';

interface GitCall { readonly request: IncomingMessage; readonly response: ServerResponse; readonly project: Project | undefined; readonly rest: string; readonly query: string; readonly refused: number | undefined }

/**
 * git over HTTP with a token as the password. A job's token needs the user `gitlab-ci-token` and, to push, the project's own setting;
 * what it pushes starts no pipeline. Protected branches are refused by the repository's hook, in GitLab's words.
 */
export async function serveProjectGit(world: World, { request, response, project, rest, query, refused }: GitCall): Promise<{ readonly user: string; readonly status: number }> {
  const end = (status: number, words: string, headers: Readonly<Record<string, string>> = {}): { readonly user: string; readonly status: number } => {
    request.resume();
    response.writeHead(status, { 'content-type': 'text/plain', ...headers }).end(words);
    return { user: token?.account.username ?? '', status };
  };
  const { user, password } = basicCredentials(request.headers.authorization);
  const shown = world.tokens.get(password);
  const token: Token | undefined = shown !== undefined && !shown.revoked && (shown.kind !== 'job' || user === 'gitlab-ci-token') ? shown : undefined;
  if (refused !== undefined) return end(refused, 'GitLab is not responding');
  if (request.headers.authorization !== undefined && token === undefined) return end(401, 'HTTP Basic: Access denied. The provided password or token is incorrect or your account has 2FA enabled and you must use a personal access token instead of a password.', { 'www-authenticate': 'Basic realm="GitLab"' });
  const level = project === undefined || token === undefined ? 0 : world.levelOf(project, token.account.username);
  const writes = wantsToWrite(rest, query);
  const sees = project !== undefined && (level > 0 || project.visibility === 'public');
  if (token === undefined && (!sees || writes)) return end(401, 'HTTP Basic: Access denied.', { 'www-authenticate': 'Basic realm="GitLab"' });
  if (project === undefined || !sees) return end(404, 'The project you were looking for could not be found or you don\'t have permission to view it.');
  if (writes && !mayPush(token, project, level)) return end(403, 'You are not allowed to push code to this project.');
  if (!writes && token !== undefined && token.kind !== 'job' && !token.scopes.some((scope) => ['api', 'read_repository', 'write_repository'].includes(scope))) return end(403, 'You are not allowed to download code from this project.');
  const name = token?.account.username ?? 'anonymous';
  if (writes) project.git.deny(name, await deniedRefs(project, level));
  const before = rest === '/git-receive-pack' ? await project.git.branches() : [];
  const held = holdBack(response);
  await serveGit({ request, response: held.response, gitDir: project.git.folder, path: rest, query, user: name, mayWrite: true });
  if (rest === '/git-receive-pack' && token !== undefined && token.kind !== 'job') await afterPush(world, project, token, before);
  held.send();
  return { user: name, status: response.statusCode };
}

/** The answer waits until the pipelines of the push are there, so that whoever pushed finds them. */
function holdBack(response: ServerResponse): { readonly response: ServerResponse; send(): void } {
  let head: Parameters<ServerResponse['writeHead']> | undefined;
  let body: unknown;
  const held = {
    writeHead: (...given: Parameters<ServerResponse['writeHead']>) => { head = given; return held; },
    end: (given: unknown) => { body = given; return held; },
  };
  return { response: held as unknown as ServerResponse, send: () => { response.writeHead(...head ?? [500]).end(body); } };
}

function mayPush(token: Token | undefined, project: Project, level: number): boolean {
  if (token === undefined || level < 30) return false;
  if (token.kind === 'job') return token.project === project && project.settings.jobTokenMayPush;
  return token.scopes.includes('write_repository') || token.scopes.includes('api');
}

/** The hook compares whole names, so patterns are spelled out for the branches that are there. */
async function deniedRefs(project: Project, level: number): Promise<readonly string[]> {
  const names = [...project.protectedBranches.map((one) => one.name), ...(await project.git.branches()).map((one) => one.name)];
  return names.filter((name) => {
    const guard = isProtected(project, name);
    return guard !== undefined && (guard.push === 0 || level < guard.push);
  }).map((name) => `refs/heads/${name}`);
}

async function afterPush(world: World, project: Project, token: Token, before: readonly { readonly name: string; readonly sha: string }[]): Promise<void> {
  for (const { name, sha } of await project.git.branches()) {
    if (before.some((one) => one.name === name && one.sha === sha)) continue;
    await startPipeline(world, project, { ref: name, user: token.account, source: 'push' });
  }
}
