import path from 'node:path';
import { err, ok, type Result } from '../kit/result.js';
import type { Forge } from '../ports/forge.js';
import type { Checkout } from './checkout.js';
import type { ChosenForge } from './chosen-forge.js';
import { giteaForge } from './gitea/gitea-forge.js';
import { gitlabForge } from './gitlab/gitlab-forge.js';
import { option, type Invocation } from './invocation.js';
import { faultProblem, usageProblem, type Problem } from './problem.js';

export type { ChosenForge } from './chosen-forge.js';

/** Which forge gets the change: the one asked for; in CI the one around us; on a laptop the local one. */
export function chooseForge(invocation: Invocation, checkout: Checkout, runFolder: string): Result<ChosenForge, Problem> {
  const id = option(invocation, 'forge') ?? invocation.forge?.id ?? 'local';
  if (id === 'gitlab') return gitlabForge(invocation, checkout);
  if (id === 'gitea') return giteaForge(invocation, checkout);
  return id === 'github' ? github(invocation, checkout) : ok(local(invocation, checkout, runFolder));
}

function local(invocation: Invocation, checkout: Checkout, runFolder: string): ChosenForge {
  const folder = path.resolve(invocation.cwd, option(invocation, 'forge-dir') ?? path.join(path.dirname(runFolder), 'local-forge'));
  const repository = path.basename(checkout.facts.root) || 'repository';
  return {
    id: 'local', repository, folder, gitUrl: path.join(folder, 'forge.git'),
    defaultBranch: async () => ok(undefined),
    create: async (base) => (await import('../adapters/forge/local/index.js')).create({
      folder, repositoryName: repository, defaultBranch: base.branch, user: invocation.localUser ?? 'local', seedFrom: checkout.workspace.gitDir, baseCommit: base.commit,
    }),
  };
}

function github(invocation: Invocation, checkout: Checkout): Result<ChosenForge, Problem> {
  const token = invocation.secrets['github-token'];
  if (token === undefined) return err(usageProblem('The forge is GitHub, but there is no token. Set GITHUB_TOKEN in the environment, or the input github-token of the action (contents, pull-requests, issues and checks: write), or use --forge local.'));
  const repository = invocation.forge?.id === 'github' ? invocation.forge.repository : slugOf(checkout.facts.origin);
  if (repository === undefined) return err(usageProblem(`The checkout's remote «origin» (${checkout.facts.origin ?? 'none'}) is not an owner/name on GitHub. Add the remote, or use --forge local.`));
  const apiUrl = githubApiUrl(invocation);
  const serverUrl = invocation.forge?.id === 'github' ? invocation.forge.serverUrl : 'https://github.com';
  const create = async (base?: { readonly commit: string }): Promise<Forge> => (await import('../adapters/forge/github/index.js')).create({ apiUrl, token, repository, serverUrl, proxied: invocation.proxied }, { baseTree: () => treeAt(checkout, base?.commit) });
  return ok({
    id: 'github', repository, folder: undefined, create, gitUrl: `${serverUrl.replace(/\/+$/, '')}/${repository}.git`, gitLogin: { user: 'x-access-token', token },
    async defaultBranch() {
      const facts = await (await create()).reader.repository();
      return facts.ok ? ok(facts.value.defaultBranch) : err(faultProblem(facts.error));
    },
  });
}

/** `undefined` where our copy has no such commit: then whoever needs a tree asks the forge. */
async function treeAt({ workspace }: Checkout, commit: string | undefined): Promise<string | undefined> {
  const found = commit === undefined ? undefined : await workspace.resolve(commit);
  return found?.ok === true ? workspace.treeOf(found.value) : undefined;
}

export function githubApiUrl(invocation: Invocation): string {
  return invocation.forge?.id === 'github' ? invocation.forge.apiUrl : 'https://api.github.com';
}

/** `owner/name` of `https://github.com/owner/name.git` or `git@github.com:owner/name.git`. */
export function slugOf(origin: string | undefined): string | undefined {
  const match = /^(?:https:\/\/github\.com\/|(?:ssh:\/\/)?git@github\.com[:/])([A-Za-z0-9_.-]+\/[A-Za-z0-9_.-]+?)(?:\.git)?\/?$/.exec(origin ?? '');
  return match?.[1];
}
