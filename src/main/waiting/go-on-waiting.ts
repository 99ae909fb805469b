import { mkdir } from 'node:fs/promises';
import { create as createEvidence } from '../../adapters/evidence/folder/index.js';
import { create as createStore } from '../../adapters/ledger-store/folder/index.js';
import { durationMs } from '../../config/duration.js';
import { loadConfiguration } from '../../config/load.js';
import type { RunRequest } from '../../domain/request.js';
import { takeAct } from '../../flow/acts/take-act.js';
import { reopenTrail, type Trail } from '../../flow/trail.js';
import { err, ok, type Result } from '../../kit/result.js';
import type { Redactor } from '../../ports/redactor.js';
import { openCheckout, type Checkout } from '../checkout.js';
import { systemClock, systemIds } from '../clock.js';
import { sourceFolder } from '../gitlab/own-source.js';
import type { Invocation } from '../invocation.js';
import { leavePlan } from '../phases/leave-plan.js';
import { prepare, scratchOf, type PrepareInput, type Prepared } from '../prepare.js';
import { faultProblem, usageProblem, type Problem } from '../problem.js';
import type { Progress } from '../progress.js';
import type { Ignored } from '../request-of.js';
import type { Surroundings } from '../surroundings.js';
import { runToRest, type RunResult } from '../run-to-rest.js';
import { takeAnswer } from '../take-answer.js';
import { claimResumption } from './claim-resumption.js';
import { recordRefusal } from './record-refusal.js';
import type { OpenedWait } from './open-waiting.js';

export interface GoOn extends Surroundings {
  readonly invocation: Invocation;
  readonly progress: Progress;
  readonly phase: PrepareInput['phase'];
  readonly redactor: Redactor;
  readonly folder: string;
  readonly checkout: Checkout;
  /** What somebody did; absent for `heddle resume`. */
  readonly request: RunRequest | undefined;
  /** `--answer` of the command line. */
  readonly answer: string | undefined;
}

/**
 * Goes on with a run that waited, in this new job: exactly one job may, its files are written into this job's folder, and what the
 * person did becomes a fact of its trail. A run without an order goes on under the policy and on the base of today, since admission
 * looks at everything again; one with an order under what it was admitted under, because a person was asked about exactly that.
 */
export async function goOnWaiting(input: GoOn, opened: OpenedWait): Promise<Result<RunResult | Ignored, Problem>> {
  const { invocation, made, now } = input;
  const { run } = opened.stored.entry;
  const holder = invocation.host.facts.runKey;
  const right = await claimResumption(made.claims, { run, holder, now: systemClock.now(), forMs: durationMs(now.loaded.config.admission.claim_time) });
  if (!right.ok) return err(faultProblem(right.error));
  if ('heldUntil' in right.value) {
    await recordRefusal(input, { run, expiresAt: right.value.heldUntil });
    return ok({ ignored: `another job goes on with the waiting run ${run} of this ticket right now. What you did stands at the ticket; do it again if the comment there does not show it soon` });
  }
  try {
    // Read again under the right to it: the job before this one may have taken it further.
    const still = await made.waiting?.get(opened.stored.name);
    if (still?.ok === true && still.value?.version !== opened.stored.version) return ok({ ignored: `another job went on with the waiting run ${run} of this ticket a moment ago; its comment says where it stands` });
    return await underRight(input, opened);
  } finally {
    await right.value.release();
  }
}

async function underRight(input: GoOn, opened: OpenedWait): Promise<Result<RunResult, Problem>> {
  const { invocation, progress, folder, redactor } = input;
  const evidence = createEvidence({ folder }, { redactor });
  for (const [name, bytes] of opened.files) if (name !== 'events.jsonl') await evidence.writeBytes(name, bytes);
  const prepared = await preparedFor(input, opened);
  if (!prepared.ok) return prepared;
  const store = await createStore({ folder });
  if (!store.ok) return err(faultProblem(store.error));
  try {
    if ((await store.value.read()).length > 0) return err(usageProblem(`The run folder ${folder} already holds a run. Give another folder to --out, or remove this one.`));
    await store.value.append(Buffer.from(opened.files.get('events.jsonl') ?? new Uint8Array()).toString('utf8'));
    const trail = await reopenTrail({ store: store.value, clock: systemClock, onEvent: (event) => { progress.event(event); }, redact: (text) => redactor.text(text) });
    if (!trail.ok) return err(usageProblem(`The trail of the waiting run cannot be continued at line ${trail.error.line}: ${trail.error.message}.`));
    const acted = await act(input, { prepared: prepared.value, trail: trail.value, opened });
    if (!acted.ok) return acted;
    const { config } = prepared.value.settings;
    await evidence.writeJson('configuration.json', config);
    const result = await runToRest(invocation, prepared.value, trail.value, progress);
    if (input.phase !== 'admit') return ok(result);
    const plan = await leavePlan(trail.value, { evidence, config });
    return plan.ok ? ok(plan.value === undefined ? result : { ...result, plan: plan.value }) : plan;
  } finally {
    await store.value.close();
  }
}

/** A wait that is over is ended by the loop itself; nobody's word counts any more then. */
async function act(input: GoOn, { prepared, trail, opened }: { readonly prepared: Prepared; readonly trail: Trail; readonly opened: OpenedWait }): Promise<Result<void, Problem>> {
  const now = systemClock.now();
  const since = trail.events.at(-1)?.at ?? now;
  await trail.append({ type: 'resumed', waitedMs: Math.max(0, Date.parse(now) - Date.parse(since)), holder: input.invocation.host.facts.runKey });
  if (now > opened.stored.entry.expiresAt) return ok(undefined);
  if (input.answer !== undefined || input.request === undefined) return takeAnswer(input.invocation, trail, { answer: input.answer, ports: prepared.ports, settings: prepared.settings });
  const taken = await takeAct({ ports: prepared.ports, settings: prepared.settings, trail, signal: new AbortController().signal }, input.request);
  return taken.ok ? ok(undefined) : err(faultProblem(taken.error));
}

async function preparedFor(input: GoOn, opened: OpenedWait): Promise<Result<Prepared, Problem>> {
  const { invocation, phase, redactor, folder } = input;
  const { entry } = opened.stored;
  const evidence = createEvidence({ folder }, { redactor });
  const admitted = opened.events.map((event) => event.fact).find((fact) => fact.type === 'admitted');
  const common = { invocation, run: entry.run, ticket: entry.ticket, forge: input.forge, evidence, redactor, ticketRoot: invocation.cwd, holder: invocation.host.facts.runKey, phase };
  // On the machine that asked, the run's own scratch folder may still be in the way.
  const scratch = `${scratchOf(entry.run)}-${systemIds.hex(4)}`;
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  if (admitted?.type !== 'admitted') return prepare({ ...common, checkout: input.checkout, loaded: input.now.loaded, base: input.now.base, scratch });
  const bundles = await Promise.all([...opened.files.keys()].filter((name) => /^attempts\/\d+\.bundle$/.test(name)).map(async (name) => evidence.pathFor(name)));
  const { order } = admitted;
  const source = await sourceFolder(invocation, { scratch, commit: order.base.commit });
  if (!source.ok) return source;
  const checkout = await openCheckout(source.value, scratch, bundles);
  if (!checkout.ok) return checkout;
  const base = await checkout.value.workspace.resolve(order.base.commit);
  if (!base.ok) return err(usageProblem(`The checkout does not hold the commit that the waiting run ${entry.run} stands on, ${order.base.commit}. Check out the history with it (\`fetch-depth: 0\` in the checkout step), and do the same again.`));
  if (order.repository !== input.forge.repository && input.forge.id !== 'local') return err(usageProblem(`The waiting run is for ${order.repository}, this is ${input.forge.repository}. Go on with it where it was admitted.`));
  const loaded = loadConfiguration({ text: Buffer.from(opened.files.get('configuration.json') ?? new Uint8Array()).toString('utf8'), file: 'configuration.json' });
  if (!loaded.ok) return err(usageProblem('The configuration of the waiting run is not one that this version can read. Start the ticket again.'));
  return prepare({ ...common, checkout: checkout.value, loaded: loaded.value, base: order.base, scratch });
}
