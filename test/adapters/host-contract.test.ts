import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { create as createGithub } from '../../src/adapters/host/github-actions/index.js';
import { create as createGitlab } from '../../src/adapters/host/gitlab-ci/index.js';
import { create as createLocal } from '../../src/adapters/host/local/index.js';
import type { Host } from '../../src/ports/host.js';
import { value } from '../contract/forge-contract.js';
import { hostContract, type OpenedHost } from '../contract/host-contract.js';

let root: string;
beforeAll(async () => { root = await mkdtemp(join(tmpdir(), 'heddle-hosts-')); });
afterAll(async () => { await rm(root, { recursive: true, force: true }); });

async function opened(make: (out: { write(text: string): void }, folder: string) => Host): Promise<OpenedHost> {
  const folder = await mkdtemp(join(root, 'one-'));
  let text = '';
  const host = make({ write: (piece) => { text += piece; } }, folder);
  const written = async (): Promise<string> => (await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')))).join('\n');
  return { host, printed: () => text, written };
}

hostContract({ name: 'local', open: () => opened((out, folder) => createLocal({ out, folder })) });

hostContract({
  name: 'github-actions',
  open: (again = false) => opened((out, folder) => value(createGithub({
    GITHUB_REPOSITORY: 'acme/shop', GITHUB_RUN_ID: '77', GITHUB_RUN_ATTEMPT: again ? '2' : '1', GITHUB_EVENT_NAME: 'issues', GITHUB_EVENT_PATH: '/event.json',
    GITHUB_ACTOR: 'amy', GITHUB_OUTPUT: join(folder, 'output'), GITHUB_STEP_SUMMARY: join(folder, 'summary'),
  }, out))),
});

hostContract({
  name: 'github-actions of gitea',
  open: (again = false) => opened((out, folder) => value(createGithub({
    GITEA_ACTIONS: 'true', GITHUB_SERVER_URL: 'https://git.example', GITHUB_API_URL: 'https://git.example/api/v1', GITHUB_REPOSITORY: 'acme.shop/web', GITHUB_RUN_ID: '77', GITHUB_RUN_NUMBER: '5',
    GITHUB_RUN_ATTEMPT: again ? '2' : '1', GITHUB_EVENT_NAME: 'issues', GITHUB_EVENT_PATH: '/event.json', GITHUB_ACTOR: 'amy', GITHUB_OUTPUT: join(folder, 'output'), GITHUB_STEP_SUMMARY: join(folder, 'summary'),
  }, out))),
});

hostContract({
  name: 'gitlab-ci',
  open: (again = false) => opened((out, folder) => value(createGitlab({
    CI_PROJECT_PATH: 'acme/web/shop', CI_PROJECT_ID: '5', CI_PIPELINE_ID: '900', CI_PIPELINE_SOURCE: 'trigger', CI_JOB_ID: again ? '4712' : '4711',
    CI_SERVER_URL: 'https://gitlab.example', CI_API_V4_URL: 'https://gitlab.example/api/v4', CI_JOB_URL: `https://gitlab.example/acme/web/shop/-/jobs/${again ? '4712' : '4711'}`, CI_PROJECT_DIR: root,
  }, { out, folder, dotenv: true }))),
});
