import path from 'node:path';
import { err, ok, type Result } from '../../kit/result.js';
import type { Forge } from '../../ports/forge.js';
import type { Checkout } from '../checkout.js';
import type { ChosenForge } from '../chosen-forge.js';
import { proxyFor } from '../git-proxy.js';
import type { Invocation } from '../invocation.js';
import { faultProblem, usageProblem, type Problem } from '../problem.js';
import { gitlabServer, gitlabToken } from './gitlab-connection.js';

/** Without a token: what to make, and where to give it. */
const NO_TOKEN = 'The forge is GitLab, but there is no token. Make a project access token with the role Developer and the scope api (Settings, Access tokens), and set GITLAB_TOKEN to it in the environment (a masked and protected CI/CD variable), or use --forge local.';

/**
 * GitLab as the forge: the server of the job around us, else the one that `--gitlab-url` names, else GitLab.com. The token is sent to
 * that server alone, so a checkout whose remote lies elsewhere is refused instead of followed.
 */
export function gitlabForge(invocation: Invocation, checkout: Checkout): Result<ChosenForge, Problem> {
  const token = gitlabToken(invocation);
  if (token === undefined) return err(usageProblem(NO_TOKEN));
  const serverUrl = gitlabServer(invocation);
  const project = invocation.forge?.id === 'gitlab' ? invocation.forge.repository : projectOf(checkout.facts.origin, serverUrl);
  if (project === undefined) return err(usageProblem(`The checkout's remote «origin» (${checkout.facts.origin ?? 'none'}) is no group/project on ${serverUrl}. Name the server with --gitlab-url, add the remote, or use --forge local.`));
  const gitUrl = `${serverUrl}/${project}.git`;
  const caFile = process.env['CI_SERVER_TLS_CA_FILE'] ?? process.env['SSL_CERT_FILE'];
  const proxy = proxyFor(gitUrl);
  const triggerToken = invocation.secrets['trigger-token'];
  const create = async (): Promise<Forge> => (await import('../../adapters/forge/gitlab/index.js')).create({
    apiUrl: serverUrl, token, project, scratch: path.join(path.dirname(checkout.workspace.gitDir), 'forge-git'), proxied: invocation.proxied,
    ...(proxy === undefined ? {} : { proxy }), ...(caFile === undefined || caFile === '' ? {} : { caFile }), ...(triggerToken === undefined ? {} : { triggerToken }),
  });
  return ok({
    id: 'gitlab', repository: project, folder: undefined, create, gitUrl, gitLogin: { user: token.kind === 'job' ? 'gitlab-ci-token' : 'oauth2', token: token.value }, ...(caFile === undefined || caFile === '' ? {} : { caFile }),
    async defaultBranch() {
      const facts = await (await create()).reader.repository();
      return facts.ok ? ok(facts.value.defaultBranch) : err(faultProblem(facts.error));
    },
  });
}

/** `group/sub/project` of `https://HOST/PREFIX/group/sub/project.git` or `git@HOST:group/sub/project.git`; `undefined` for another server. */
export function projectOf(origin: string | undefined, serverUrl: string): string | undefined {
  if (origin === undefined || !URL.canParse(serverUrl)) return undefined;
  const server = new URL(serverUrl);
  const scp = /^[\w.-]{1,100}@([\w.-]{1,255}):([^:]{1,1000})$/.exec(origin);
  const url = scp === null && URL.canParse(origin) ? new URL(origin) : undefined;
  const host = scp?.[1] ?? url?.hostname;
  if (host?.toLowerCase() !== server.hostname.toLowerCase()) return undefined;
  // Over ssh there is no path of the server before the group.
  const prefix = url !== undefined && url.protocol.startsWith('http') ? server.pathname.replace(/\/+$/, '') : '';
  const whole = scp?.[2] ?? url?.pathname ?? '';
  const rest = whole.startsWith(`${prefix}/`) ? whole.slice(prefix.length + 1) : prefix === '' ? whole : '';
  const project = rest.replace(/\/{1,5}$/, '').replace(/\.git$/, '');
  return /^[\w.-]+(?:\/[\w.-]+)+$/.test(project) && project.split('/').every((part) => part !== '.' && part !== '..') ? project : undefined;
}
