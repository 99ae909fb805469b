import type { Permission } from '../../../domain/actor.js';
import type { Change } from '../../../domain/change.js';
import type { Fault } from '../../../domain/fault.js';
import { CommitSha } from '../../../domain/ids.js';
import type { OpenChanges } from '../../../domain/open-change.js';
import { err, ok } from '../../../kit/result.js';
import type { Result } from '../../../kit/result.js';
import type { ForgeCapabilities, ForgeReader, HeadsRequest, RepositoryFacts, WantedHead } from '../../../ports/forge.js';
import type { GitlabClient } from '../../gitlab-client/client.js';
import { fetchHeads } from '../lib/fetch-heads.js';
import { isOwn, toChange, toRepository } from './map.js';
import { missingForDelivery } from './missing.js';
import { openChanges } from './open-changes.js';
import { changeAt, changeComment, memberOf, permissionOf } from './people.js';
import { environmentReviews } from './environment-reviews.js';
import { BranchAnswer, MergeRequestsAnswer, ProjectAnswer } from './schema.js';

const CHANGES_MAX = 1000;

export interface GitWay { readonly url: string; readonly proxy: string | undefined }

export class GitlabReader implements ForgeReader {
  readonly id = 'gitlab';
  readonly capabilities: ForgeCapabilities;
  private readonly client: GitlabClient;
  private readonly git: GitWay;

  constructor(client: GitlabClient, capabilities: ForgeCapabilities, git: GitWay) {
    this.client = client;
    this.capabilities = capabilities;
    this.git = git;
  }

  async repository(signal?: AbortSignal): Promise<Result<RepositoryFacts, Fault>> {
    const answer = await this.client.call({ ask: (api) => api('Projects').show(this.client.project), schema: ProjectAnswer, signal });
    return answer.ok ? ok(toRepository(answer.value)) : answer;
  }

  async headOf(branch: string, signal?: AbortSignal): Promise<Result<CommitSha, Fault>> {
    const answer = await this.client.call({ ask: { method: 'GET', path: `${this.client.projectPath}/repository/branches/${encodeURIComponent(branch)}` }, schema: BranchAnswer, signal });
    if (answer.ok && answer.value.name === branch) return ok(CommitSha.parse(answer.value.commit.id));
    if (!answer.ok && answer.error.code !== 'not-found') return answer;
    return err({ code: 'not-found', side: 'theirs', retryable: false, source: this.client.source, message: `There is no branch «${branch}» in ${this.client.project}, or the token may not see it. Name an existing branch.` });
  }

  permissionOf(login: string, signal?: AbortSignal): Promise<Result<Permission, Fault>> {
    return permissionOf(this.client, login, signal);
  }

  async openHeddleChanges(signal?: AbortSignal): Promise<Result<readonly Change[], Fault>> {
    const { project } = this.client;
    const answer = await this.client.pages({ ask: (api) => api('MergeRequests').all({ projectId: project, state: 'opened', perPage: 100 }), schema: MergeRequestsAnswer, signal }, (page) => page, CHANGES_MAX);
    if (!answer.ok) return answer;
    return ok(answer.value.items.filter((request) => request.source_branch.startsWith('heddle/') && isOwn(request)).flatMap((request) => toChange(request) ?? []));
  }

  openChanges(signal?: AbortSignal): Promise<Result<OpenChanges, Fault>> {
    return openChanges(this.client, signal);
  }

  /** `refs/merge-requests/N/head` is there for changes from forks too, without asking the fork. */
  fetchHeads(request: HeadsRequest, signal?: AbortSignal): Promise<Result<readonly CommitSha[], Fault>> {
    const refOf = (head: WantedHead): string => (head.kind === 'branch' ? `refs/heads/${head.branch}` : `refs/merge-requests/${String(head.number)}/head`);
    const { user, password } = this.client.gitLogin;
    return fetchHeads({ url: this.git.url, token: password, user, proxy: this.git.proxy, source: this.client.source, refOf }, request, signal);
  }

  memberOf(team: string, login: string, signal?: AbortSignal): Promise<Result<boolean, Fault>> {
    return memberOf(this.client, team, { login, signal });
  }

  environmentReviews(run: string, signal?: AbortSignal): ReturnType<typeof environmentReviews> {
    return environmentReviews(this.client, run, signal);
  }

  changeComment(place: { readonly kind: 'change' | 'review' | 'review-comment'; readonly change: number }, id: string, signal?: AbortSignal): ReturnType<typeof changeComment> {
    return changeComment(this.client, { change: place.change, id }, signal);
  }

  changeAt(number: number, signal?: AbortSignal): ReturnType<typeof changeAt> {
    return changeAt(this.client, number, signal);
  }

  missingForDelivery(signal?: AbortSignal): Promise<Result<readonly string[], Fault>> {
    return missingForDelivery(this.client, signal);
  }
}
