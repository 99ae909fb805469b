import { constants } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { GithubActionsHost } from '../../adapters/host/github-actions/index.js';
import { createGit } from '../../adapters/workspace/git/index.js';
import { Configuration } from '../../config/configuration.js';
import { loadConfiguration } from '../../config/load.js';
import { OPTIONS } from '../../config/options.js';
import { limitsFrom } from '../../admission/limits.js';
import { createRedactor } from '../../containment/redactor.js';
import { createPriceTable } from '../../containment/gateway/prices.js';
import { checksFor } from '../../flow/checks-for.js';
import { err, ok, type Result } from '../../kit/result.js';
import type { Host } from '../../ports/host.js';
import { createAgent } from '../agents.js';
import { checkoutCredentials } from '../checkout-credentials.js';
import { openCheckout, pinBase, type Checkout } from '../checkout.js';
import { configure } from '../configure.js';
import { chooseForge } from '../forges.js';
import { sourceFolder } from '../gitlab/own-source.js';
import { giteaPlace } from '../gitea/gitea-place.js';
import { flag, option, type Invocation } from '../invocation.js';
import { lackOfFault, lackOfProblem, unasked, type Facts, type Found, type ForgeFacts, type Lack, type WorkflowFile } from './facts.js';
import { gatherSandbox } from './gather-sandbox.js';

const WORKFLOW_BYTES_MAX = 256 * 1024;
const WORKFLOWS_MAX = 50;
const PIPELINE_FILE = '.gitlab-ci.yml';
/** A forge that says nothing for so long did not answer; the client has tried again by then. */
const FORGE_WAIT_MS = 20_000;

/** The facts of this very place, by the same functions that a run uses. `scratch` is an empty folder of ours; the caller removes it. */
export function gatherFacts(invocation: Invocation, scratch: string): Facts {
  const checkout = once(async (): Found<Checkout> => {
    const source = await sourceFolder(invocation, { scratch });
    if (!source.ok) return err(lackOfProblem(source.error));
    const opened = await openCheckout(source.value, scratch);
    return opened.ok ? opened : err(lackOfProblem(opened.error));
  });
  const forgeId = forgeIdOf(invocation);
  const tokenSet = (forgeId === 'gitea' ? giteaPlace(invocation, undefined).token : invocation.secrets[forgeId === 'local' ? 'github-token' : `${forgeId}-token`]) !== undefined;
  const jobTokenSet = invocation.secrets['ci-job-token'] !== undefined;
  const forge = once(() => forgeOf(invocation, forgeId !== 'local' && !tokenSet && !(forgeId === 'gitlab' && jobTokenSet) ? err(unasked('The token is missing.')) : undefined, checkout));
  const asked = ofForge(forge);
  const pinned = once(() => pinBoth(invocation, checkout, asked.repository));
  const settings = once(async () => {
    const { configuration } = await pinned();
    return configuration.ok ? { config: configuration.value.config, instead: undefined } : { config: standIn(invocation), instead: 'by the built-in defaults' };
  });
  return {
    node: process.version, forgeId, tokenSet, jobTokenSet, modelKeySet: invocation.secrets['model-key'] !== undefined,
    host: { id: invocation.host.facts.id, ci: invocation.host.facts.ci, job: isGithubActions(invocation.host) ? invocation.host.run : undefined, gitlab: invocation.gitlab },
    gitVersion,
    checkout: async () => mapped(await checkout(), (value) => value.facts),
    credentials: async () => (await checkoutCredentials(invocation, createRedactor())).map((place) => `${place.file}:${place.line}: ${place.kind}`),
    base: async () => (await pinned()).base,
    configuration: async () => (await pinned()).configuration,
    strayConfiguration: async () => strayIn(await checkout()),
    settings,
    checks: once(async () => {
      const [at, { base }, { config }] = [await checkout(), await pinned(), await settings()];
      if (!at.ok || !base.ok) return err(unasked('There is no base commit to look at.'));
      const derived = await checksFor(at.value.workspace, base.value.commit, { config, limits: limitsFrom(config) });
      return derived.ok ? derived : err(lackOfFault(derived.error));
    }),
    sandbox: once(() => gatherSandbox(invocation.path, scratch, async () => (await settings()).config.sandbox)),
    agent: once(async () => {
      const agent = await createAgent((await settings()).config, invocation);
      if (!agent.ok) return err(lackOfProblem(agent.error));
      // Asked for by name: the one thing a doctor downloads.
      const installed = flag(invocation, 'install') ? await agent.value.identify?.() : undefined;
      return installed?.ok === false ? err(lackOfFault(installed.error)) : agent;
    }),
    price: async () => {
      const { agent, model } = (await settings()).config;
      const table = createPriceTable({ override: model.price });
      return { known: (await table.priceOf(agent.model, model.api)) !== undefined, source: table.source };
    },
    forge, ...asked, unwritable,
    workflows: once(async () => {
      const [at, { base }] = [await checkout(), await pinned()];
      if (!at.ok || !base.ok) return err(unasked('There is no base commit to look at.'));
      return ok(await workflowsOf(at.value, base.value.commit));
    }),
    pipelineFile: once(async () => {
      const [at, { base }] = [await checkout(), await pinned()];
      if (!at.ok || !base.ok) return err(unasked('There is no base commit to look at.'));
      const bytes = await at.value.workspace.read(base.value.commit, PIPELINE_FILE);
      return ok(bytes === undefined || bytes.length > WORKFLOW_BYTES_MAX ? undefined : { path: PIPELINE_FILE, text: Buffer.from(bytes).toString('utf8') });
    }),
  };
}

/** The first call does the work, later ones share it; also a failure is shared. */
function once<T>(find: () => Promise<T>): () => Promise<T> {
  let found: Promise<T> | undefined;
  return () => (found ??= find());
}

function mapped<T, U>(result: Result<T, Lack>, to: (value: T) => U): Result<U, Lack> {
  return result.ok ? ok(to(result.value)) : result;
}

async function gitVersion(): Promise<string | undefined> {
  const ending = await createGit().run({ args: ['--version'], wallMsMax: 15_000 });
  return ending.kind === 'ended' && ending.code === 0 ? ending.stdout.toString('utf8').trim() : undefined;
}

async function forgeOf(invocation: Invocation, lack: Result<never, Lack> | undefined, checkout: () => Found<Checkout>): Found<ForgeFacts> {
  if (lack !== undefined) return lack;
  const at = await checkout();
  if (!at.ok) return err(unasked('There is no checkout that tells which repository it is.'));
  const chosen = chooseForge(invocation, at.value, path.resolve(invocation.cwd, 'heddle-run'));
  if (!chosen.ok) return err(lackOfProblem(chosen.error));
  const { id, repository, folder } = chosen.value;
  if (id === 'local') return ok({ kind: 'local', folder: folder ?? '' });
  // The base matters to the local forge alone.
  const { reader, waiting } = await chosen.value.create({ branch: at.value.facts.branch ?? 'main', commit: at.value.facts.head });
  return ok({ kind: id, slug: repository, reader, waiting });
}

/** As a run would choose: the one asked for, the one around us, the local one. */
function forgeIdOf(invocation: Invocation): Facts['forgeId'] {
  const named = option(invocation, 'forge');
  return named === 'github' || named === 'gitlab' || named === 'gitea' || named === 'local' ? named : invocation.forge?.id ?? 'local';
}

/** One question each; when the repository does not answer, nothing more is asked of it. */
function ofForge(forge: () => Found<ForgeFacts>): Pick<Facts, 'repository' | 'missingForDelivery' | 'waits'> {
  const signal = once(async () => AbortSignal.timeout(FORGE_WAIT_MS));
  const repository = once(async () => {
    const found = await forge();
    if (!found.ok) return found;
    if (found.value.kind === 'local') return err(unasked('The forge is local.'));
    const answer = await found.value.reader.repository(await signal());
    return answer.ok ? answer : err(lackOfFault(answer.error));
  });
  return {
    repository,
    missingForDelivery: once(async () => {
      const [found, answer] = [await forge(), await repository()];
      if (!found.ok || found.value.kind === 'local' || !answer.ok) return err(unasked('The repository could not be asked.'));
      const missing = await found.value.reader.missingForDelivery(await signal());
      return missing.ok ? missing : err(lackOfFault(missing.error));
    }),
    waits: once(async () => {
      const [found, answer] = [await forge(), await repository()];
      if (!found.ok || found.value.kind === 'local' || !answer.ok) return err(unasked('The repository could not be asked.'));
      if (found.value.waiting === undefined) return err(unasked('This forge keeps no waiting runs.'));
      const list = await found.value.waiting.list(await signal());
      return list.ok ? ok({ waits: list.value.waits.map((wait) => wait.entry), damaged: list.value.damaged }) : err(lackOfFault(list.error));
    }),
  };
}

/** The same two steps as a run: the configuration stands on the default branch, and may name another base. */
async function pinBoth(invocation: Invocation, checkout: () => Found<Checkout>, repository: Facts['repository']): Promise<{ base: Awaited<ReturnType<Facts['base']>>; configuration: Awaited<ReturnType<Facts['configuration']>> }> {
  const at = await checkout();
  if (!at.ok) return { base: err(unasked('There is no checkout with a commit.')), configuration: err(unasked('There is no commit to read .heddle.yml from. The rest is judged by the built-in defaults.')) };
  const told = await repository();
  const wanted = option(invocation, 'base');
  const first = await pinBase(at.value, wanted, told.ok ? told.value.defaultBranch : undefined);
  if (!first.ok) return { base: err(lackOfProblem(first.error)), configuration: err(unasked('There is no base branch to read .heddle.yml from. The rest is judged by the built-in defaults.')) };
  const guessed = wanted === undefined && !told.ok && !(told.error.kind === 'unasked' && told.error.words === 'The forge is local.');
  const policy = { ...first.value, guessed };
  const loaded = await configure(invocation, at.value.workspace, policy.commit);
  if (!loaded.ok) return { base: ok(policy), configuration: err(lackOfProblem(loaded.error)) };
  const { base } = loaded.value.config.delivery;
  const second = await pinBase(at.value, base, policy.branch);
  return {
    base: second.ok ? ok({ ...second.value, guessed: guessed && base === undefined }) : err(lackOfProblem(second.error)),
    configuration: ok({ ...loaded.value, at: policy }),
  };
}

/** Flags over defaults; only defaults when a flag is what is wrong. */
function standIn(invocation: Invocation): Configuration {
  const loaded = loadConfiguration(undefined, OPTIONS.flatMap((spec) => {
    const value = option(invocation, spec.name);
    return spec.setting === undefined || value === undefined ? [] : [{ setting: spec.setting, value: spec.kind === 'number' ? Number(value) : value, origin: `--${spec.name}` }];
  }));
  return loaded.ok ? loaded.value.config : Configuration.parse({});
}

async function strayIn(checkout: Result<Checkout, Lack>): Promise<string | undefined> {
  if (!checkout.ok || checkout.value.facts.bare) return undefined;
  const names: readonly string[] = await readdir(checkout.value.facts.root).catch(() => []);
  return ['.heddle.yml', '.heddle.yaml', 'heddle.yml', 'heddle.yaml'].find((name) => names.includes(name));
}

/** Looks at the nearest folder that exists; a doctor makes none. */
async function unwritable(folder: string): Promise<string | undefined> {
  for (let at = folder; ; at = path.dirname(at)) {
    const code = await access(at, constants.W_OK | constants.X_OK).then(() => undefined, (error: NodeJS.ErrnoException) => error.code ?? 'unknown error');
    if (code === undefined) return undefined;
    if (code !== 'ENOENT' || path.dirname(at) === at) return code;
  }
}

async function workflowsOf({ workspace }: Checkout, commit: Parameters<Checkout['workspace']['list']>[0]): Promise<readonly WorkflowFile[]> {
  const entries = (await workspace.list(commit, '.github/workflows')).filter((entry) => /^\.github\/workflows\/[^/]+\.ya?ml$/.test(entry.path) && entry.size <= WORKFLOW_BYTES_MAX);
  const read = entries.slice(0, WORKFLOWS_MAX).map(async (entry) => ({ path: entry.path, text: Buffer.from(await workspace.readBlob(entry.blob)).toString('utf8') }));
  return Promise.all(read);
}

function isGithubActions(host: Host): host is GithubActionsHost {
  return host.facts.id === 'github-actions' && 'run' in host;
}
