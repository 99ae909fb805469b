import type { Permission } from '../../../domain/actor.js';
import type { Change } from '../../../domain/change.js';
import type { Fault } from '../../../domain/fault.js';
import { CommitSha } from '../../../domain/ids.js';
import type { OpenChanges } from '../../../domain/open-change.js';
import { err, ok, type Result } from '../../../kit/result.js';
import type { ForgeCapabilities, ForgeReader, HeadsRequest, RepositoryFacts, WantedHead } from '../../../ports/forge.js';
import type { GiteaClient } from '../../gitea-client/client.js';
import { fetchHeads } from '../lib/fetch-heads.js';
import { isOurs, toChange, toRepository } from './map.js';
import { missingForDelivery } from './missing.js';
import { openChanges } from './open-changes.js';
import { changeAt, changeComment, memberOf, permissionOf } from './people.js';
import { BranchAnswer, PullsAnswer, RepositoryAnswer } from './schema.js';

const PULLS_MAX = 1000;

export class GiteaReader implements ForgeReader {
  readonly id = 'gitea';
  readonly capabilities: ForgeCapabilities;
  private readonly client: GiteaClient;
  private readonly git: { readonly url: string; readonly proxy: string | undefined };

  constructor(client: GiteaClient, capabilities: ForgeCapabilities, git: { readonly url: string; readonly proxy: string | undefined }) {
    this.client = client;
    this.capabilities = capabilities;
    this.git = git;
  }

  async repository(signal?: AbortSignal): Promise<Result<RepositoryFacts, Fault>> {
    const answer = await this.client.call({ route: 'GET /repos/{owner}/{repo}', schema: RepositoryAnswer, signal });
    return answer.ok ? ok(toRepository(answer.value)) : answer;
  }

  async headOf(branch: string, signal?: AbortSignal): Promise<Result<CommitSha, Fault>> {
    const answer = await this.client.call({ route: 'GET /repos/{owner}/{repo}/branches/{branch}', path: { branch }, schema: BranchAnswer, signal });
    if (answer.ok) return ok(CommitSha.parse(answer.value.commit.id));
    if (answer.error.code !== 'not-found') return answer;
    return err({ ...answer.error, message: `There is no branch «${branch}» in ${this.client.slug}, or the token may not see it. Name an existing branch.` });
  }

  permissionOf(login: string, signal?: AbortSignal): Promise<Result<Permission, Fault>> {
    return permissionOf(this.client, login, signal);
  }

  async openHeddleChanges(signal?: AbortSignal): Promise<Result<readonly Change[], Fault>> {
    const answer = await this.client.pages({ route: 'GET /repos/{owner}/{repo}/pulls', query: { state: 'open' }, schema: PullsAnswer, signal }, (page) => page, PULLS_MAX);
    return answer.ok ? ok(answer.value.items.filter((pull) => isOurs(pull, this.client.slug)).map(toChange)) : answer;
  }

  openChanges(signal?: AbortSignal): Promise<Result<OpenChanges, Fault>> {
    return openChanges(this.client, signal);
  }

  /** `refs/pull/N/head` is there for changes from forks too, without asking the fork. */
  fetchHeads(request: HeadsRequest, signal?: AbortSignal): Promise<Result<readonly CommitSha[], Fault>> {
    const refOf = (head: WantedHead): string => (head.kind === 'branch' ? `refs/heads/${head.branch}` : `refs/pull/${String(head.number)}/head`);
    return fetchHeads({ ...this.git, token: this.client.token, source: this.client.source, refOf }, request, signal);
  }

  memberOf(team: string, login: string, signal?: AbortSignal): Promise<Result<boolean, Fault>> {
    return memberOf(this.client, team, { login, signal });
  }

  changeComment(place: { readonly kind: 'change' | 'review' | 'review-comment'; readonly change: number }, id: string, signal?: AbortSignal): ReturnType<typeof changeComment> {
    return changeComment(this.client, { ...place, id }, signal);
  }

  changeAt(number: number, signal?: AbortSignal): ReturnType<typeof changeAt> {
    return changeAt(this.client, number, signal);
  }

  missingForDelivery(signal?: AbortSignal): Promise<Result<readonly string[], Fault>> {
    return missingForDelivery(this.client, signal);
  }
}
