import type { Fault } from '../../../domain/fault.js';
import { CommitSha } from '../../../domain/ids.js';
import type { OpenChange, OpenChanges } from '../../../domain/open-change.js';
import { untrusted } from '../../../domain/text.js';
import { ok, type Result } from '../../../kit/result.js';
import type { GiteaClient } from '../../gitea-client/client.js';
import { isOurs } from './map.js';
import { FilesAnswer, PullsAnswer, sha } from './schema.js';
import type { PullAnswer } from './schema.js';

const CHANGES_MAX = 1000;
/** The files of a change are a call of their own, so they are asked for the newest only; of the others they are unknown, and that is said. */
const WITH_FILES_MAX = 100;
const AT_ONCE = 5;
const FILES_MAX = 100;

export async function openChanges(client: GiteaClient, signal: AbortSignal | undefined): Promise<Result<OpenChanges, Fault>> {
  const pulls = await client.pages({ route: 'GET /repos/{owner}/{repo}/pulls', query: { state: 'open' }, schema: PullsAnswer, signal }, (page) => page, CHANGES_MAX);
  if (!pulls.ok) return pulls;
  // A head that is gone, with its fork or its branch, has no commit to compare with.
  const readable = pulls.value.items.filter((pull) => sha.safeParse(pull.head.sha).success);
  const changes: OpenChange[] = [];
  for (let at = 0; at < readable.length; at += AT_ONCE) {
    const some = await Promise.all(readable.slice(at, at + AT_ONCE).map(async (pull, index) => (at + index < WITH_FILES_MAX ? filesOf(client, pull, signal) : ok(undefined))));
    for (const [index, files] of some.entries()) {
      const pull = readable[at + index];
      if (!files.ok) return files;
      if (pull !== undefined) changes.push(toOpenChange(client, pull, files.value));
    }
  }
  return ok({ changes, cut: pulls.value.cut });
}

interface Files { readonly items: readonly { readonly filename: string }[]; readonly cut: boolean }

/** Of a change that was closed meanwhile, or that the server cannot compare, the files are unknown. */
async function filesOf(client: GiteaClient, pull: PullAnswer, signal: AbortSignal | undefined): Promise<Result<Files | undefined, Fault>> {
  const files = await client.pages({ route: 'GET /repos/{owner}/{repo}/pulls/{index}/files', path: { index: pull.number }, schema: FilesAnswer, signal }, (page) => page, FILES_MAX);
  return files.ok || (files.error.code !== 'not-found' && files.error.code !== 'service-error') ? files : ok(undefined);
}

function toOpenChange(client: GiteaClient, pull: PullAnswer, files: Files | undefined): OpenChange {
  return {
    number: pull.number, url: pull.html_url, branch: pull.head.ref, base: pull.base.ref, head: CommitSha.parse(pull.head.sha), draft: pull.draft, ours: isOurs(pull, client.slug),
    title: untrusted(pull.title), author: pull.user?.login ?? '', reviewers: [...pull.requested_reviewers.map((one) => one.login), ...pull.requested_reviewers_teams.map((one) => `${client.owner}/${one.name}`)],
    labels: pull.labels.map((label) => label.name), paths: files?.items.map((file) => file.filename), pathsCut: files?.cut ?? false,
  };
}
