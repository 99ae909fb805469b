import { Configuration } from '../../src/config/configuration.js';
import { loadConfiguration } from '../../src/config/load.js';
import type { GitlabJob } from '../../src/adapters/host/gitlab-ci/index.js';
import { CommitSha } from '../../src/domain/ids.js';
import { ok } from '../../src/kit/result.js';
import type { Examination } from '../../src/main/doctor/examination.js';
import type { Examined } from '../../src/main/doctor/doctor-document.js';
import type { Facts, ForgeFacts } from '../../src/main/doctor/facts.js';
import { runExaminations } from '../../src/main/doctor/run-examinations.js';
import type { AgentCapabilities, CodingAgent } from '../../src/ports/coding-agent.js';
import type { ForgeReader } from '../../src/ports/forge.js';
import { deriveChecks } from '../../src/validation/derive-checks.js';

export const COMMIT = CommitSha.parse('1234567890'.repeat(4));
export const BASE = { branch: 'main', commit: COMMIT, guessed: false };

/** A place where everything is well, on a laptop; a test changes what it is about. */
export function goodFacts(change: Partial<Facts> = {}, settings: unknown = {}): Facts {
  const config = Configuration.parse(settings);
  const loaded = loadConfiguration(undefined);
  if (!loaded.ok) throw new Error('the defaults are valid');
  return {
    node: 'v20.20.2', forgeId: 'local', tokenSet: false, jobTokenSet: false, modelKeySet: true,
    host: { id: 'local', ci: false, job: undefined, gitlab: undefined },
    gitVersion: async () => 'git version 2.39.5',
    checkout: async () => ok({ head: COMMIT, branch: 'main', dirty: false, root: '/src/shop', subfolder: '', bare: false, shallow: false, defaultBranch: 'main', origin: undefined }),
    credentials: async () => [],
    base: async () => ok(BASE),
    configuration: async () => ok({ ...loaded.value, origin: '.heddle.yml', at: BASE }),
    strayConfiguration: async () => undefined,
    settings: async () => ({ config, instead: undefined }),
    checks: async () => checksOf({ 'package.json': '{"scripts":{"test":"node --test"}}' }),
    sandbox: async () => ({ rung: 'bubblewrap', form: 'user namespace', refused: [] }),
    agent: async () => ok(fakeAgent()),
    price: async () => ({ known: true, source: 'a list' }),
    forge: async () => ok({ kind: 'local', folder: '/src/local-forge' }),
    repository: async () => ok({ slug: 'acme/shop', defaultBranch: 'main', private: true, url: 'https://github.com/acme/shop' }),
    missingForDelivery: async () => ok([]),
    waits: async () => ok({ waits: [], damaged: [] }),
    unwritable: async () => undefined,
    workflows: async () => ok([]),
    pipelineFile: async () => ok(undefined),
    ...change,
  };
}

/** The same on GitHub. */
export function githubFacts(change: Partial<Facts> = {}, settings: unknown = {}): Facts {
  return goodFacts({ forgeId: 'github', tokenSet: true, forge: async () => ok<ForgeFacts>({ kind: 'github', slug: 'acme/shop', reader: UNUSED_READER }), ...change }, settings);
}

/** The same in a job of GitLab. */
export function gitlabFacts(change: Partial<Facts> = {}, job: Partial<GitlabJob> = {}): Facts {
  const gitlab: GitlabJob = {
    project: 'acme/web/shop', projectId: '5', pipelineId: '900', source: 'trigger', jobId: '77', jobName: 'doctor', jobUrl: undefined, serverUrl: 'https://gitlab.example', apiUrl: 'https://gitlab.example/api/v4',
    serverVersion: '18.5.0', visibility: 'private', projectFolder: '/builds/acme/shop', defaultBranch: 'main', ref: 'main', refProtected: true, environment: 'heddle/admit', ofFork: false, user: undefined,
    machine: 'disposable', traced: false, gitStrategy: 'none', gitDepth: undefined, payloadFile: undefined, ...job,
  };
  return goodFacts({ forgeId: 'gitlab', tokenSet: true, jobTokenSet: true, host: { id: 'gitlab-ci', ci: true, job: undefined, gitlab }, forge: async () => ok<ForgeFacts>({ kind: 'gitlab', slug: 'acme/web/shop', reader: UNUSED_READER }), ...change });
}

export function fakeAgent(change: { readonly probe?: CodingAgent['probe']; readonly capabilities?: Partial<AgentCapabilities> } = {}): CodingAgent {
  return {
    id: 'fake',
    capabilities: { continues: false, apis: ['anthropic-messages'], usesModel: true, ...change.capabilities },
    run: () => { throw new Error('a doctor never runs an agent'); },
    probe: change.probe ?? (async () => ({ ok: true, version: '1.2.3' })),
    mounts: async () => [],
  };
}

export function checksOf(files: Readonly<Record<string, string>>): Awaited<ReturnType<Facts['checks']>> {
  const derived = deriveChecks({ files: { list: () => Object.keys(files), read: (path) => files[path] }, config: Configuration.parse({}), workdir: '', checkTimeoutMs: 1000 });
  if (!derived.ok) throw new Error(derived.error.message);
  return derived;
}

export async function examined(examination: Examination, facts: Facts): Promise<Examined> {
  const { examinations: [only] } = await runExaminations([examination], facts, (text) => text);
  if (only === undefined) throw new Error('one examination gives one answer');
  return only;
}

const refuse = (): never => { throw new Error('only the facts ask the forge'); };
const UNUSED_READER: ForgeReader = {
  id: 'github', capabilities: { checkRuns: true, reviews: true, drafts: true, startsCi: true, bodyCharsMax: 1000 },
  repository: refuse, headOf: refuse, permissionOf: refuse, openHeddleChanges: refuse, missingForDelivery: refuse,
};
