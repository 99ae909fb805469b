import type { Permission } from '../../../domain/actor.js';
import type { Change } from '../../../domain/change.js';
import type { Fault } from '../../../domain/fault.js';
import { CommitSha } from '../../../domain/ids.js';
import { err, ok } from '../../../kit/result.js';
import type { Result } from '../../../kit/result.js';
import type { OpenChanges } from '../../../domain/open-change.js';
import type { ForgeCapabilities, ForgeReader, HeadsRequest, RepositoryFacts, WantedHead } from '../../../ports/forge.js';
import { fetchHeads } from '../lib/fetch-heads.js';
import type { GithubClient } from '../../github-client/client.js';
import { checksAt } from './checks-at.js';
import { toChange, toPermission, toRepository } from './map.js';
import { missingForDelivery } from './missing.js';
import { changeAt, changeComment, environmentReviews, memberOf } from './people.js';
import { openChanges } from './open-changes.js';
import { PermissionAnswer, PullsAnswer, RefAnswer, RepositoryAnswer } from './schema.js';

const PULLS_MAX = 1000;

export class GithubReader implements ForgeReader {
  readonly id = 'github';
  readonly capabilities: ForgeCapabilities;
  private readonly client: GithubClient;
  private readonly serverUrl: string;

  constructor(client: GithubClient, capabilities: ForgeCapabilities, serverUrl: string) {
    this.client = client;
    this.capabilities = capabilities;
    this.serverUrl = serverUrl;
  }

  async repository(signal?: AbortSignal): Promise<Result<RepositoryFacts, Fault>> {
    const answer = await this.client.call({ route: 'GET /repos/{owner}/{repo}', schema: RepositoryAnswer, signal });
    return answer.ok ? ok(toRepository(answer.value)) : answer;
  }

  async headOf(branch: string, signal?: AbortSignal): Promise<Result<CommitSha, Fault>> {
    const answer = await this.client.call({ route: 'GET /repos/{owner}/{repo}/git/ref/{ref}', with: { ref: `heads/${branch}` }, schema: RefAnswer, signal });
    if (answer.ok) return ok(CommitSha.parse(answer.value.object.sha));
    if (answer.error.code !== 'not-found') return answer;
    return err({ ...answer.error, message: `There is no branch «${branch}» in ${this.client.slug}, or the token may not see it. Name an existing branch.` });
  }

  async permissionOf(login: string, signal?: AbortSignal): Promise<Result<Permission, Fault>> {
    // Also keeps `.` and `..` out of the path, which address another route.
    if (!/^[A-Za-z0-9_-]+(\[bot\])?$/.test(login)) return ok('none');
    const answer = await this.client.call({ route: 'GET /repos/{owner}/{repo}/collaborators/{username}/permission', with: { username: login }, schema: PermissionAnswer, signal });
    if (answer.ok) return ok(toPermission(answer.value));
    return answer.error.code === 'not-found' ? ok('none') : answer;
  }

  async openHeddleChanges(signal?: AbortSignal): Promise<Result<readonly Change[], Fault>> {
    const answer = await this.client.pages({ route: 'GET /repos/{owner}/{repo}/pulls', with: { state: 'open' }, schema: PullsAnswer, signal }, (page) => page, PULLS_MAX);
    if (!answer.ok) return answer;
    // A fork may call its branch what it likes; only branches of this repository are ours.
    return ok(answer.value.items.filter((pull) => pull.head.ref.startsWith('heddle/') && pull.head.repo?.full_name.toLowerCase() === this.client.slug.toLowerCase()).map(toChange));
  }

  openChanges(signal?: AbortSignal): Promise<Result<OpenChanges, Fault>> {
    return openChanges(this.client, signal);
  }

  /** `refs/pull/N/head` is there for changes from forks too, without asking the fork. */
  fetchHeads(request: HeadsRequest, signal?: AbortSignal): Promise<Result<readonly CommitSha[], Fault>> {
    const refOf = (head: WantedHead): string => (head.kind === 'branch' ? `refs/heads/${head.branch}` : `refs/pull/${String(head.number)}/head`);
    return fetchHeads({ url: `${this.serverUrl}/${this.client.slug}.git`, token: this.client.token, source: this.client.source, refOf }, request, signal);
  }

  memberOf(team: string, login: string, signal?: AbortSignal): Promise<Result<boolean, Fault>> {
    return memberOf(this.client, team, { login, signal });
  }

  environmentReviews(run: string, signal?: AbortSignal): ReturnType<typeof environmentReviews> {
    return environmentReviews(this.client, run, signal);
  }

  changeComment(place: { readonly kind: 'change' | 'review' | 'review-comment'; readonly change: number }, id: string, signal?: AbortSignal): ReturnType<typeof changeComment> {
    return changeComment(this.client, { ...place, id }, signal);
  }

  changeAt(number: number, signal?: AbortSignal): ReturnType<typeof changeAt> {
    return changeAt(this.client, number, signal);
  }

  checksAt(commit: CommitSha, name: string, signal?: AbortSignal): ReturnType<typeof checksAt> {
    return checksAt(this.client, commit, { name, signal });
  }

  missingForDelivery(signal?: AbortSignal): Promise<Result<readonly string[], Fault>> {
    return missingForDelivery(this.client, this.serverUrl, signal);
  }
}
