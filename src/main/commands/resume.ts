import { existsSync } from 'node:fs';
import path from 'node:path';
import { create as createEvidence } from '../../adapters/evidence/folder/index.js';
import { create as createStore } from '../../adapters/ledger-store/folder/index.js';
import { durationMs } from '../../config/duration.js';
import { loadConfiguration, type LoadedConfiguration } from '../../config/load.js';
import { killLeftovers } from '../../containment/process/process-tree.js';
import { RunId } from '../../domain/ids.js';
import { RunDocument } from '../../flow/documents.js';
import { isTerminal, type RunState } from '../../flow/state.js';
import { reopenTrail, type Trail } from '../../flow/trail.js';
import { err, ok, type Result } from '../../kit/result.js';
import type { Evidence } from '../../ports/evidence.js';
import type { Redactor } from '../../ports/redactor.js';
import type { Arguments } from '../arguments.js';
import { redactorFor } from '../begin.js';
import { checkoutCredentials } from '../checkout-credentials.js';
import { openCheckout } from '../checkout.js';
import { systemClock } from '../clock.js';
import { invocationFromArguments } from '../command-line-invocation.js';
import { leaveOutputs } from '../gitlab/leave-outputs.js';
import { sourceFolder } from '../gitlab/own-source.js';
import { chooseForge } from '../forges.js';
import type { Invocation } from '../invocation.js';
import { prepare, scratchOf, type Prepared } from '../prepare.js';
import { faultProblem, usageProblem, type Problem } from '../problem.js';
import { progressFor } from '../progress-for.js';
import { claimAgain, goneElsewhere, oneStory } from '../resume-checks.js';
import { complain, report } from '../report-result.js';
import { runToRest, type RunResult } from '../run-to-rest.js';
import type { Secrets } from '../secrets.js';
import { takeAnswer } from '../take-answer.js';
import { resumeRun } from '../waiting/resume-run.js';

/** `heddle resume [RUN-FOLDER|RUN]`: the trail is the state, so going on is folding it and looking what comes next. */
export async function resumeCommand(given: Arguments, secrets: Secrets): Promise<number> {
  const named = given.positionals[0] ?? '';
  // A word that is an id and no folder is a run that waits at the forge.
  if (RunId.safeParse(named).success && !existsSync(path.resolve(named))) return fromStore(given, secrets, named);
  const folder = path.resolve(given.positionals[0] ?? 'heddle-run');
  const invocation = await invocationFromArguments({ ...given, values: new Map([...given.values, ['out', folder]]) }, secrets);
  if (!invocation.ok) return complain(invocation.error);
  const result = await goOn(invocation.value, folder, given.values.get('answer'));
  if (!result.ok) return complain(result.error);
  await leaveOutputs(invocation.value, result.value);
  return report(result.value, { json: given.values.get('json') === 'true', host: invocation.value.host });
}

async function fromStore(given: Arguments, secrets: Secrets, run: string): Promise<number> {
  const invocation = await invocationFromArguments(given, secrets);
  if (!invocation.ok) return complain(invocation.error);
  const progress = progressFor(invocation.value);
  const result = await resumeRun(invocation.value, progress, { run, phase: undefined, answer: given.values.get('answer'), byEvent: false });
  progress.close();
  if (!result.ok) return complain(result.error);
  await leaveOutputs(invocation.value, result.value);
  return report(result.value, { json: given.values.get('json') === 'true', host: invocation.value.host });
}

async function goOn(invocation: Invocation, folder: string, answer: string | undefined): Promise<Result<RunResult, Problem>> {
  const redactor = redactorFor(invocation);
  const evidence = createEvidence({ folder }, { redactor });
  const record = await readRecord(evidence);
  if (!record.ok) return record;
  const store = await createStore({ folder });
  if (!store.ok) return err(faultProblem(store.error));
  const progress = progressFor(invocation);
  try {
    const trail = await reopenTrail({ store: store.value, clock: systemClock, onEvent: (event) => { progress.event(event); }, redact: (text) => redactor.text(text) });
    if (!trail.ok) return err(usageProblem(`${path.join(folder, 'events.jsonl')}:${trail.error.line}: ${trail.error.message}. A damaged trail is never continued; start a new run.`));
    const order = oneStory(record.value, trail.value.events);
    if (!order.ok) return order;
    if (record.value.invocation.forge === 'none' || record.value.outcome === 'admitted' || trail.value.events.some(({ fact }) => fact.type === 'bundle-received')) {
      return err(usageProblem('This is the run folder of one job of the split, whose rights end where its part ends. Start that job again, with the same plan.'));
    }
    const told = describe(trail.value.state);
    if (told !== undefined) progress.say(told);
    const prepared = await prepareAgain(withRecord(invocation, record.value), { record: record.value, evidence, trail: trail.value, redactor });
    if (!prepared.ok) return prepared;
    const { ports, settings } = prepared.value;
    if (order.value !== undefined && order.value.repository !== settings.repository && record.value.invocation.forge !== 'local') return err(usageProblem(`The order is for ${order.value.repository}, this is ${settings.repository}. Resume it where it was admitted.`));
    const elsewhere = isTerminal(trail.value.state) ? ok(undefined) : await goneElsewhere(trail.value, { evidence, store: ports.waiting });
    if (!elsewhere.ok) return elsewhere;
    const claimed = order.value === undefined || isTerminal(trail.value.state) ? ok(undefined)
      : await claimAgain(order.value, { claims: ports.claims, holder: settings.holder, claimMs: durationMs(settings.config.admission.claim_time), now: systemClock.now() });
    if (!claimed.ok) return claimed;
    const answered = await takeAnswer(invocation, trail.value, { answer, ports, settings });
    if (!answered.ok) return answered;
    // A question before the order: whoever resumes wants it looked at again.
    if (trail.value.state.kind === 'asked') await trail.value.append({ type: 'reconsidered', request: { ...trail.value.state.latest, at: systemClock.now() } });
    // A process of the killed run that outlived it could still write into the agent's folder.
    await killLeftovers(record.value.run);
    return ok(await runToRest(invocation, prepared.value, trail.value, progress));
  } finally {
    progress.close();
    await store.value.close();
  }
}

async function readRecord(evidence: Evidence): Promise<Result<RunDocument, Problem>> {
  const text = await evidence.readText('run.json');
  if (text === undefined) return err(usageProblem(`There is no run in ${evidence.folder} (run.json is missing). Give the run folder: heddle resume RUN-FOLDER.`));
  const parsed = RunDocument.safeParse(parseJson(text));
  if (parsed.success) return ok(parsed.data);
  return err(usageProblem(`run.json in ${evidence.folder} is not one this version can read (${parsed.error.issues[0]?.path.join('.') ?? ''}: ${parsed.error.issues[0]?.message ?? ''}).`));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The options of the first process, unless this command line gives its own. */
function withRecord(invocation: Invocation, record: RunDocument): Invocation {
  const { forge, forgeDir, cassette, localUser } = record.invocation;
  const kept: [string, string][] = [['forge', forge], ...(forgeDir === undefined ? [] : [['forge-dir', forgeDir] as [string, string]]), ...(cassette === undefined ? [] : [['cassette', cassette] as [string, string]])];
  return { ...invocation, options: new Map([...kept, ...invocation.options]), localUser: localUser ? invocation.localUser : undefined };
}

async function prepareAgain(invocation: Invocation, at: { readonly record: RunDocument; readonly evidence: Evidence; readonly trail: Trail; readonly redactor: Redactor }): Promise<Result<Prepared, Problem>> {
  const { record, evidence, trail, redactor } = at;
  const loaded = await configurationOf(evidence, trail);
  if (!loaded.ok) return loaded;
  const bundles = await Promise.all((await evidence.list()).filter((name) => /^attempts\/\d+\.bundle$/.test(name)).map(async (name) => evidence.pathFor(name)));
  const source = invocation.gitlab === undefined ? ok(path.resolve(invocation.cwd, invocation.options.get('repo') ?? record.invocation.folder)) : await sourceFolder(invocation, { scratch: scratchOf(record.run), commit: record.invocation.base.commit });
  if (!source.ok) return source;
  const checkout = await openCheckout(source.value, scratchOf(record.run), bundles);
  if (!checkout.ok) return checkout;
  await checkoutCredentials(invocation, redactor);
  const forge = chooseForge(invocation, checkout.value, evidence.folder);
  if (!forge.ok) return forge;
  const requested = trail.events[0]?.fact;
  if (requested?.type !== 'requested') return err(usageProblem('The trail does not begin with a request; start a new run.'));
  return prepare({
    invocation, run: record.run, ticket: requested.request.ticket, checkout: checkout.value, forge: forge.value, base: record.invocation.base,
    loaded: loaded.value, evidence, redactor, ticketRoot: record.invocation.ticketRoot, holder: record.invocation.holder,
  });
}

/** The configuration the run was admitted under; a changed one would change the rules in the middle of a run. */
async function configurationOf(evidence: Evidence, trail: Trail): Promise<Result<LoadedConfiguration, Problem>> {
  const text = await evidence.readText('configuration.json');
  const loaded = text === undefined ? undefined : loadConfiguration({ text, file: 'configuration.json' });
  if (loaded?.ok !== true) return err(usageProblem(`configuration.json in ${evidence.folder} is missing or not valid; start a new run.`));
  const admitted = trail.events.map((event) => event.fact).find((fact) => fact.type === 'admitted');
  if (admitted?.type === 'admitted' && admitted.order.policy !== loaded.value.digest) return err(usageProblem(`configuration.json in ${evidence.folder} was changed since the order was sealed; start a new run.`));
  return ok(loaded.value);
}

function describe(state: RunState): string | undefined {
  return isTerminal(state) ? `The run has ended as ${state.kind}; its documents are written again.` : `Going on in state ${state.kind}.`;
}
