import type { Fault } from '../../../domain/fault.js';
import { ok, type Result } from '../../../kit/result.js';
import type { GitlabClient } from '../../gitlab-client/client.js';
import { DEVELOPER, roleName } from './map.js';
import { ProjectAnswer, ProtectedBranchesAnswer, PushRuleAnswer, TokenAnswer } from './schema.js';

/** Branches that Heddle writes: changes, and the ledger. */
const SAMPLES = ['heddle/ledger', 'heddle/acme-1-0123abcd'];

/**
 * What token and project lack for a delivery, as far as reading can tell; nothing is tried. What cannot be read is said as well,
 * in lines that begin with `unknown: ` and are no lack.
 */
export async function missingForDelivery(client: GitlabClient, signal?: AbortSignal): Promise<Result<readonly string[], Fault>> {
  if (client.isJobToken) return ok(jobTokenLacks(client));
  const project = await client.call({ ask: (api) => api('Projects').show(client.project), schema: ProjectAnswer, signal });
  if (!project.ok) return project;
  const scopes = await scopeLines(client, signal);
  if (!scopes.ok) return scopes;
  const { permissions } = project.value;
  const level = Math.max(permissions?.project_access?.access_level ?? 0, permissions?.group_access?.access_level ?? 0);
  const lines = [...projectLines(client, project.value), ...scopes.value, ...roleLines(client, permissions === undefined ? undefined : level)];
  const rules = await branchLines(client, level, signal);
  if (!rules.ok) return rules;
  return ok([...lines, ...rules.value, ...await pushRuleLines(client, signal)]);
}

/** What no setting changes for a job's own token, feature by feature (docs: "CI/CD job token"). */
function jobTokenLacks({ project }: GitlabClient): readonly string[] {
  return [
    `Merge requests, notes, labels, reviewers, commit statuses and roles of people: a job's own token (CI_JOB_TOKEN) cannot write or read them. Give a project access token of ${project} (or a group access token, or one of a service account) with the role Developer and the scope api as GITLAB_TOKEN.`,
    'Pipelines on Heddle\'s branch: what is pushed with CI_JOB_TOKEN starts none. The same access token starts them.',
    `unknown: whether CI_JOB_TOKEN may push to ${project}; it needs «Allow Git push requests to the repository» in Settings, CI/CD, Job token permissions. An access token does not.`,
  ];
}

function projectLines(client: GitlabClient, project: ProjectAnswer): readonly string[] {
  return [
    ...(project.archived ? [`${client.project} is archived, so nothing can be written to it. Unarchive it in Settings, General, Advanced.`] : []),
    ...(project.repository_access_level === 'disabled' ? [`The repository of ${client.project} is switched off. Switch it on in Settings, General, Visibility.`] : []),
    ...(project.merge_requests_access_level === 'disabled' ? [`Merge requests of ${client.project} are switched off. Switch them on in Settings, General, Visibility.`] : []),
  ];
}

async function scopeLines(client: GitlabClient, signal: AbortSignal | undefined): Promise<Result<readonly string[], Fault>> {
  const token = await client.call({ ask: { method: 'GET', path: 'personal_access_tokens/self' }, schema: TokenAnswer, signal });
  // Tokens of OAuth are none of these; anything else that fails is a fault.
  if (!token.ok) return token.error.code === 'not-found' || token.error.code === 'forbidden' || token.error.code === 'unauthorized' ? ok(['unknown: which scopes the token has; GitLab tells them only of access tokens. It needs the scope api.']) : token;
  const has = new Set(token.value.scopes);
  const soon = token.value.expires_at;
  return ok([
    ...(token.value.active === false ? ['The token is expired or revoked. Make a new one (Settings, Access tokens) and give it as GITLAB_TOKEN.'] : []),
    ...(has.has('api') ? [] : [`Merge requests, notes, labels, statuses and pipelines: the token has the scopes ${[...has].join(', ') || 'none'}, and needs api. Make one with the scope api (Settings, Access tokens).`]),
    ...(has.has('api') || has.has('write_repository') ? [] : ['Pushing the branch, claims and the ledger: the token needs the scope api or write_repository.']),
    ...(typeof soon === 'string' && token.value.active !== false ? expiryLine(soon) : []),
  ]);
}

/** Access tokens always end; a run that is to wait for a person would find a dead one. */
function expiryLine(expires: string): readonly string[] {
  const days = Math.floor((Date.parse(expires) - Date.now()) / 86_400_000);
  return Number.isFinite(days) && days >= 0 && days < 14 ? [`unknown: whether the token lives long enough; it ends on ${expires.slice(0, 10)}. Make a new one in time.`] : [];
}

function roleLines(client: GitlabClient, level: number | undefined): readonly string[] {
  if (level === undefined) return [`unknown: which role the token's account has in ${client.project}; GitLab did not say. It needs Developer.`];
  if (level >= DEVELOPER) return [];
  return [`Pushing, merge requests, statuses and pipelines: the token's account has ${roleName(level) === 'no role' ? 'no role' : `the role ${roleName(level)}`} in ${client.project}, and needs Developer. Make the access token with the role Developer, or add its account as one.`];
}

/** A protected pattern that matches our branches is a lack when its rules let only higher roles push. */
async function branchLines(client: GitlabClient, level: number, signal: AbortSignal | undefined): Promise<Result<readonly string[], Fault>> {
  if (level < DEVELOPER) return ok([]);
  const listed = await client.pages({ ask: (api) => api('ProtectedBranches').all(client.project, { perPage: 100 }), schema: ProtectedBranchesAnswer, signal }, (page) => page, 1000);
  if (!listed.ok) return listed.error.code === 'forbidden' || listed.error.code === 'not-found' ? ok(['unknown: which branches are protected; this role may not read it. Heddle pushes branches that begin with «heddle/».']) : listed;
  return ok(listed.value.items.flatMap(({ name, push_access_levels: levels }) => {
    if (!SAMPLES.some((branch) => matches(name, branch))) return [];
    // A person, group or key by name may be ours; that is not told.
    if (levels.some((one) => one.access_level !== null && one.access_level > 0 && one.access_level <= level)) return [];
    const named = levels.some((one) => one.access_level === null || (one.user_id ?? one.group_id ?? one.deploy_key_id ?? null) !== null);
    return [`${named ? 'unknown: whether the token may push Heddle\'s branches: the' : 'Pushing Heddle\'s branches and the ledger: the'} protected branch pattern «${name}» also covers «heddle/…». Let ${named ? 'the token\'s account' : 'Developers'} push it in Settings, Repository, Protected branches, or make the pattern narrower.`];
  }));
}

/** GitLab's only wildcard is `*`, for any text, slashes too. */
function matches(pattern: string, branch: string): boolean {
  const [first = '', ...parts] = pattern.split('*');
  if (parts.length === 0) return pattern === branch;
  if (!branch.startsWith(first)) return false;
  const last = parts.pop() ?? '';
  let at = first.length;
  for (const part of parts) {
    const found = branch.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return branch.length - last.length >= at && branch.endsWith(last);
}

/** Push rules (Premium) can refuse what Heddle pushes. Their expressions are Ruby's, so they are told and not tried. */
async function pushRuleLines(client: GitlabClient, signal: AbortSignal | undefined): Promise<readonly string[]> {
  const rule = await client.call({ ask: { method: 'GET', path: `${client.projectPath}/push_rule` }, schema: PushRuleAnswer, signal });
  if (!rule.ok || rule.value === null) return [];
  const { commit_message_regex: message, branch_name_regex: branch, author_email_regex: email, reject_unsigned_commits: signed, reject_non_dco_commits: dco } = rule.value;
  const told = (what: string, text: string | null | undefined): readonly string[] => (text === null || text === undefined || text === '' ? [] : [`unknown: whether Heddle's ${what} fit the push rule «${text.replace(/[\p{C}\p{Z}]+/gu, ' ').slice(0, 200)}».`]);
  return [
    ...(signed === true ? ['Pushing the branch, claims and the ledger: a push rule refuses commits that are not signed, and Heddle signs none when it pushes. Take the rule away for this project.'] : []),
    ...(dco === true ? ['Pushing the branch, claims and the ledger: a push rule asks for «Signed-off-by» in every commit, which Heddle does not write. Take the rule away for this project.'] : []),
    ...told('branch names (heddle/…)', branch), ...told('commit messages (also those of claims and the ledger)', message), ...told('author addresses (those of the token\'s account)', email),
  ];
}
