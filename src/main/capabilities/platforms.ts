import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Forge, ForgeCapabilities } from '../../ports/forge.js';
import type { Host } from '../../ports/host.js';
import type { TrackerCapabilities } from '../../ports/tracker.js';

export const PLATFORMS = ['github', 'gitlab', 'gitea', 'local'] as const;
export type PlatformId = (typeof PLATFORMS)[number];

/** What one platform's adapters say of themselves: their capabilities as data, and which optional members they have. */
export interface Platform {
  readonly capabilities: ForgeCapabilities;
  readonly forge: Forge;
  readonly tracker: TrackerCapabilities;
  readonly host: Host;
}

const QUIET = { write: (): void => undefined };
const NOWHERE = 'http://127.0.0.1:9';

/** Makes every adapter once, with addresses that lead nowhere: none of them asks anything before its first call. */
export async function platforms(): Promise<Readonly<Record<PlatformId, Platform>>> {
  const scratch = path.join(tmpdir(), 'heddle-no-such-folder');
  const [github, gitlab, gitea, local] = await Promise.all([import('../../adapters/forge/github/index.js'), import('../../adapters/forge/gitlab/index.js'), import('../../adapters/forge/gitea/index.js'), import('../../adapters/forge/local/index.js')]);
  const [ofGithub, ofGitlab, ofGitea, ofFiles] = await Promise.all([import('../../adapters/tracker/github/index.js'), import('../../adapters/tracker/gitlab/index.js'), import('../../adapters/tracker/gitea/index.js'), import('../../adapters/tracker/file/index.js')]);
  return {
    github: { capabilities: github.capabilities, tracker: ofGithub.capabilities, host: await actionsHost(), forge: github.create({ apiUrl: NOWHERE, token: 'none', repository: 'a/b', serverUrl: NOWHERE }) },
    gitlab: { capabilities: gitlab.capabilities, tracker: ofGitlab.capabilities, host: await gitlabHost(scratch), forge: gitlab.create({ apiUrl: NOWHERE, token: { kind: 'private', value: 'none' }, project: 'a/b', scratch }) },
    // Its runner speaks the protocol of GitHub's, with differences that the host knows.
    gitea: { capabilities: gitea.capabilities, tracker: ofGitea.capabilities, host: await actionsHost({ GITEA_ACTIONS: 'true', GITHUB_SERVER_URL: NOWHERE, GITHUB_API_URL: `${NOWHERE}/api/v1` }), forge: gitea.create({ apiUrl: NOWHERE, token: 'none', repository: 'a/b', serverUrl: NOWHERE, scratch }) },
    local: {
      capabilities: local.capabilities, tracker: ofFiles.capabilities, host: (await import('../../adapters/host/local/index.js')).create({ out: QUIET, folder: scratch }),
      forge: local.create({ folder: scratch, repositoryName: 'b', defaultBranch: 'main', user: 'a', seedFrom: scratch, baseCommit: '0'.repeat(40) }),
    },
  };
}

async function actionsHost(more: Readonly<Record<string, string>> = {}): Promise<Host> {
  const { create } = await import('../../adapters/host/github-actions/index.js');
  return made(create({ GITHUB_REPOSITORY: 'a/b', GITHUB_RUN_ID: '1', GITHUB_EVENT_NAME: 'issues', GITHUB_EVENT_PATH: '/none', ...more }, QUIET));
}

async function gitlabHost(folder: string): Promise<Host> {
  const { create } = await import('../../adapters/host/gitlab-ci/index.js');
  return made(create({ CI_PROJECT_PATH: 'a/b', CI_PROJECT_ID: '1', CI_PIPELINE_ID: '1', CI_PIPELINE_SOURCE: 'web', CI_JOB_ID: '1', CI_SERVER_URL: NOWHERE, CI_API_V4_URL: `${NOWHERE}/api/v4` }, { out: QUIET, folder, dotenv: false }));
}

function made(result: { readonly ok: true; readonly value: Host } | { readonly ok: false; readonly error: { readonly message: string } }): Host {
  if (!result.ok) throw new Error(`an example environment was not taken: ${result.error.message}`);
  return result.value;
}
