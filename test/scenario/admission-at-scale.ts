import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { create as createEvidence } from '../../src/adapters/evidence/folder/index.js';
import { create as createForge } from '../../src/adapters/forge/github/index.js';
import { create as createStore } from '../../src/adapters/ledger-store/folder/index.js';
import { create as createLedger } from '../../src/adapters/ledger-store/git-branch/index.js';
import { create as createTracker } from '../../src/adapters/tracker/github/index.js';
import { create as createWorkspace } from '../../src/adapters/workspace/git/index.js';
import { limitsFrom } from '../../src/admission/limits.js';
import { loadConfiguration } from '../../src/config/load.js';
import { createRedactor } from '../../src/containment/redactor.js';
import { Instant, RunId } from '../../src/domain/ids.js';
import { admit } from '../../src/flow/commands/admit.js';
import { EarlyFolders } from '../../src/flow/early-folders.js';
import type { RunPorts, RunSettings } from '../../src/flow/run-ports.js';
import { newTrail } from '../../src/flow/trail.js';
import { absentAgent, absentSandboxes } from '../../src/main/phases/absent-ports.js';
import type { FakeGitHub } from '../fakes/github/fake-github.js';
import type { Repository } from '../fakes/github/world.js';

export const SLUG = 'acme/shop';

/** Everything that costs a call or a look at the ledger. What overlaps is only said: one decision after the other is about the same files. */
const CONFIG = `version: 1
checks: { test: { run: "true" } }
sandbox: { min_rung: none }
budgets:
  - { per: repository, every: month, cost_usd: 900000 }
  - { per: person, every: month, runs: 900000 }
  - { per: label, every: month, runs: 900000 }
  - { per: ticket, every: month, runs: 900000 }
breakers:
  - { failures: 1000 }
overlap: { people: warn, heddle: warn, near_duplicates: { then: warn } }
`;

export interface AtScale {
  readonly github: FakeGitHub;
  readonly repository: Repository;
  /** A checkout or bare repository whose `main` is the base. */
  readonly checkout: string;
  /** Of the ledger: a git remote that is there. */
  readonly ledgerUrl: string;
  /** A new folder for each decision. */
  readonly folder: string;
}

/** Opens changes of people; every fifth is into another branch. An hour ago: an old request would be asked about again. */
export function openChanges(github: FakeGitHub, repository: Repository, count: number): void {
  github.world.setClock(Date.now() - 3_600_000);
  const tom = github.world.account('tom');
  const head = repository.refs.get('refs/heads/main') ?? '';
  for (let n = 0; n < count; n += 1) {
    const branch = `topic/${String(n)}`;
    repository.refs.set(`refs/heads/${branch}`, head);
    github.world.addIssue(repository, { title: `Change ${String(n)}`, author: tom, labels: ['bug'], pull: { head: branch, base: n % 5 === 0 ? 'next' : 'main', draft: false, merged: false, reviewers: [], teams: [], files: Array.from({ length: 8 }, (_, at) => `lib/${String(n)}/${String(at)}.ts`) } });
  }
}

/** A labelled ticket of its own for each decision. */
export function readyTicket(github: FakeGitHub, repository: Repository): { readonly key: string; readonly at: Instant } {
  const amy = github.world.account('amy');
  const issue = github.world.addIssue(repository, { title: 'The sum of no prices is an error', body: 'Calling `total([])` in `src/total.ts` throws.\n\n- [ ] `total([])` is 0\n', author: amy, labels: ['heddle'] });
  const at = github.world.now();
  github.world.addEvent(issue, { event: 'labeled', actor: amy, at, label: 'heddle' });
  github.world.addComment(issue, amy, 'It happens since the last release.');
  return { key: `${SLUG}#${String(issue.number)}`, at: Instant.parse(new Date(at).toISOString()) };
}

/** Prepares one admission decision through real adapters; `decide` is the decision alone, and answers the kind of state it led to. */
export async function prepareDecision({ github, repository, checkout, ledgerUrl, folder }: AtScale): Promise<{ decide(): Promise<string>; close(): Promise<void> }> {
  const clock = { now: () => Instant.parse(new Date().toISOString()), monotonicMs: () => performance.now() };
  const loaded = loadConfiguration({ text: CONFIG, file: '.heddle.yml' });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  mkdirSync(folder, { recursive: true });
  const scratch = join(folder, 'scratch');
  mkdirSync(scratch);
  const workspace = await createWorkspace().open(checkout, join(scratch, 'git'), []);
  if (!workspace.ok) throw new Error(workspace.error.message);
  const commit = await workspace.value.resolve('main');
  const ledger = createLedger({ url: ledgerUrl, branch: 'heddle/ledger', writable: true, scratch: join(scratch, 'ledger') }, { pause: () => Promise.resolve(), random: Math.random });
  const store = await createStore({ folder });
  if (!commit.ok || !ledger.ok || !store.ok) throw new Error('the place of the decision could not be made');
  const access = { apiUrl: github.url, token: github.actionsToken };
  const redactor = createRedactor();
  const ports: RunPorts = {
    ...createForge({ ...access, repository: SLUG, serverUrl: 'https://github.example' }, { baseTree: () => workspace.value.treeOf(commit.value) }), tracker: createTracker(access), ledger: ledger.value, workspace: workspace.value,
    evidence: createEvidence({ folder }, { redactor }), redactor, agent: absentAgent('admit'), sandboxes: absentSandboxes('admit'), gateway: undefined,
    clock, ids: { hex: (bytes) => '0'.repeat(bytes * 2) }, pause: () => Promise.resolve(),
  };
  const { config, digest } = loaded.value;
  const settings: RunSettings = {
    config, policyDigest: digest, limits: limitsFrom(config), repository: SLUG, base: { branch: 'main', commit: commit.value }, scratch, holder: `github/${SLUG}/runs/1`,
    localUser: false, dryRun: false, phase: 'admit', evidenceUrl: undefined, parallelChecks: 1,
  };
  const ticket = readyTicket(github, repository);
  const amy = github.world.account('amy');
  const trail = newTrail({ run: RunId.parse(`run${ticket.key.split('#')[1] ?? ''}`.padEnd(16, '0')), store: store.value, clock, onEvent: () => undefined, redact: (text) => text });
  await trail.append({ type: 'requested', request: { trigger: { kind: 'labeled', label: 'heddle' }, ticket: { tracker: 'github', key: ticket.key }, actor: { login: 'amy', id: String(amy.id), kind: 'human' }, fromFork: false, at: ticket.at } });
  return {
    decide: async () => {
      const { state } = trail;
      if (state.kind !== 'requested') throw new Error(`the run is ${state.kind}`);
      const early = new EarlyFolders(workspace.value);
      const done = await admit({ ports, settings, trail, early, signal: new AbortController().signal }, state);
      await early.settled();
      if (!done.ok) throw new Error(`${done.error.code}: ${done.error.message}`);
      return trail.state.kind;
    },
    close: () => store.value.close(),
  };
}
