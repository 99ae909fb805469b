import path from 'node:path';
import { err, ok, type Result } from '../../kit/result.js';
import type { Forge } from '../../ports/forge.js';
import type { Checkout } from '../checkout.js';
import type { ChosenForge } from '../chosen-forge.js';
import { proxyFor } from '../git-proxy.js';
import type { Invocation } from '../invocation.js';
import { faultProblem, usageProblem, type Problem } from '../problem.js';
import { giteaPlace, giteaSlug, NO_TOKEN } from './gitea-place.js';

/**
 * Gitea or Forgejo as the forge: the server of the job around us, else the one that `--gitea-url` names, else that of the checkout's
 * remote over https. The token is sent to that server alone.
 */
export function giteaForge(invocation: Invocation, checkout: Checkout): Result<ChosenForge, Problem> {
  const { origin } = checkout.facts;
  const { serverUrl, apiUrl, token, proxied } = giteaPlace(invocation, origin);
  if (token === undefined) return err(usageProblem(`The forge is Gitea, but there is no token. ${NO_TOKEN} Or use --forge local.`));
  if (serverUrl === undefined || apiUrl === undefined) return err(usageProblem(`The forge is Gitea, but which server is not known: the checkout's remote «origin» (${origin ?? 'none'}) is no https address. Name it with --gitea-url https://HOST.`));
  const repository = invocation.forge?.id === 'gitea' ? invocation.forge.repository : giteaSlug(origin, serverUrl);
  if (repository === undefined) return err(usageProblem(`The checkout's remote «origin» (${origin ?? 'none'}) is no owner/name on ${serverUrl}. Name the server with --gitea-url, add the remote, or use --forge local.`));
  const gitUrl = `${serverUrl}/${repository}.git`;
  const proxy = proxyFor(gitUrl);
  const create = async (): Promise<Forge> => (await import('../../adapters/forge/gitea/index.js')).create({
    serverUrl, apiUrl, token, repository, scratch: path.join(path.dirname(checkout.workspace.gitDir), 'forge-git'), proxied, ...(proxy === undefined ? {} : { proxy }),
  });
  return ok({
    id: 'gitea', repository, folder: undefined, create, gitUrl, gitLogin: { user: 'x-access-token', token },
    async defaultBranch() {
      const facts = await (await create()).reader.repository();
      return facts.ok ? ok(facts.value.defaultBranch) : err(faultProblem(facts.error));
    },
  });
}
