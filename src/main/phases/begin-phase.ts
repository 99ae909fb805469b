import { readHeld } from '../../flow/replay/held-rules-of-verify.js';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { create as createEvidence } from '../../adapters/evidence/folder/index.js';
import { create as createStore } from '../../adapters/ledger-store/folder/index.js';
import type { Phase } from '../../domain/phase.js';
import { rungAtLeast } from '../../domain/rung.js';
import { assignedConfig } from '../../flow/assigned.js';
import { readPlan, PLAN_BYTES_MAX, type Plan } from '../../flow/plan-document.js';
import type { Handover } from '../../flow/run-ports.js';
import { reopenTrail, type Trail } from '../../flow/trail.js';
import { chainLine } from '../../ledger/chain.js';
import { err, ok, type Result } from '../../kit/result.js';
import type { TrailStore } from '../../ports/trail-store.js';
import { isOccupied, occupiedProblem, redactorFor } from '../begin.js';
import { checkoutCredentials, refusedCredentials } from '../checkout-credentials.js';
import { openCheckout } from '../checkout.js';
import { systemClock, systemIds } from '../clock.js';
import { chooseForge } from '../forges.js';
import { handedByJob } from '../gitlab/handed-by-job.js';
import { sourceFolder } from '../gitlab/own-source.js';
import { option, type Invocation } from '../invocation.js';
import { prepare, scratchOf, type Prepared } from '../prepare.js';
import { faultProblem, usageProblem, type Problem } from '../problem.js';
import type { Progress } from '../progress.js';
import { runToRest, type RunResult } from '../run-to-rest.js';
import { takeAnswer } from '../take-answer.js';
import type { Ignored } from '../request-of.js';
import { resumeRun } from '../waiting/resume-run.js';

/** A phase after admit: it takes its orders from the plan alone, which says all that a command line would. */
export type PlannedPhase = Exclude<Phase, 'admit'>;

/**
 * Runs one phase on a plan: the trail begins with the events of admit, byte for byte, and goes on with this phase's own. The
 * folders are new ones: nothing of another phase's machine is looked for.
 */
export async function beginPhase(invocation: Invocation, phase: PlannedPhase, progress: Progress): Promise<Result<RunResult | Ignored, Problem>> {
  const resumed = option(invocation, 'resume');
  if (phase === 'deliver' && resumed !== undefined) return resumeRun(invocation, progress, { run: resumed, phase, answer: option(invocation, 'answer'), byEvent: invocation.event !== undefined });
  const plan = await planOf(invocation);
  if (!plan.ok) return plan;
  const scratch = `${scratchOf(plan.value.order.run)}-${phase}-${systemIds.hex(4)}`;
  const handover = await handoverOf(invocation, phase, scratch);
  if (!handover.ok) return handover;
  const folder = path.resolve(invocation.cwd, option(invocation, 'out') ?? 'heddle-run');
  if (await isOccupied(folder)) return err(occupiedProblem(invocation, folder));
  const prepared = await preparedFor(invocation, { phase, plan: plan.value, handover: handover.value, folder, scratch });
  if (!prepared.ok) return prepared;
  const able = await runnerLacks(prepared.value, phase);
  if (able !== undefined) return err(able);
  const store = await createStore({ folder });
  if (!store.ok) return err(faultProblem(store.error));
  try {
    if ((await store.value.read()).length > 0) return err(occupiedProblem(invocation, folder));
    const trail = await trailOf(invocation, { plan: plan.value, store: store.value, progress });
    if (!trail.ok) return trail;
    const { evidence } = prepared.value.ports;
    await evidence.writeJson('configuration.json', plan.value.document.configuration);
    await evidence.writeJson('order.json', plan.value.order);
    return ok(await untilAnswered(invocation, { prepared: prepared.value, trail: trail.value, progress }));
  } finally {
    await store.value.close();
  }
}

async function planOf(invocation: Invocation): Promise<Result<Plan, Problem>> {
  const given = option(invocation, 'plan');
  const digest = option(invocation, 'plan-digest');
  if (given === undefined || digest === undefined) return err(usageProblem('The plan is missing. Give both outputs of admit: --plan FILE and --plan-digest HEX (inputs `plan` and `plan-digest` of the action).'));
  // An input of an action is the text itself; a file name never begins with a brace by accident.
  const text = given.startsWith('{') ? given : await readFile(path.resolve(invocation.cwd, given), 'utf8').catch(() => undefined);
  if (text === undefined) return err(usageProblem(`The plan ${given.slice(0, 200)} cannot be read. Give the plan.json that \`heddle admit\` wrote.`));
  const plan = readPlan(text.slice(0, PLAN_BYTES_MAX * 2), digest);
  return plan.ok ? plan : err(usageProblem(`The plan is not accepted: ${plan.error}. Give plan and digest of the same \`heddle admit\`.`));
}

async function handoverOf(invocation: Invocation, phase: PlannedPhase, scratch: string): Promise<Result<Handover | undefined, Problem>> {
  if (phase === 'work') return ok(undefined);
  const asked = await handedByJob(invocation, path.join(scratch, 'handed'));
  if (!asked.ok || asked.value !== undefined) return asked;
  const bundle = option(invocation, 'bundle');
  // Deliver still has something to say when there is no bundle: that the jobs before did not end well.
  if (bundle === undefined && phase === 'verify') return err(usageProblem('The bundle is missing. Give the folder with manifest.json and change.bundle to --bundle, and the digest from the outputs of work to --bundle-digest.'));
  return ok({ bundle: path.resolve(invocation.cwd, bundle ?? ''), bundleDigest: option(invocation, 'bundle-digest') ?? '', verified: option(invocation, 'verified'), held: readHeld(option(invocation, 'held')) });
}

interface Wanted { readonly phase: PlannedPhase; readonly plan: Plan; readonly handover: Handover | undefined; readonly folder: string; readonly scratch: string }

async function preparedFor(invocation: Invocation, { phase, plan, handover, folder, scratch }: Wanted): Promise<Result<Prepared, Problem>> {
  const { order, document } = plan;
  const source = await sourceFolder(invocation, { scratch, commit: order.base.commit });
  if (!source.ok) return source;
  const checkout = await openCheckout(source.value, scratch);
  if (!checkout.ok) return checkout;
  const base = await checkout.value.workspace.resolve(order.base.commit);
  if (!base.ok) return err(usageProblem(`The checkout does not hold the commit of the order, ${order.base.commit}. Check out that commit (\`ref:\` of the checkout step; the output base-commit of admit).`));
  const forge = phase === 'deliver' ? chooseForge(invocation, checkout.value, folder) : ok(undefined);
  if (!forge.ok) return forge;
  if (forge.value !== undefined && forge.value.repository !== order.repository) return err(usageProblem(`The order is for ${order.repository}, this is ${forge.value.repository}. Deliver it where it was admitted.`));
  const redactor = redactorFor(invocation);
  const left = await checkoutCredentials(invocation, redactor);
  // Deliver holds the write token itself and runs no foreign program; the others have nothing to lose, and must keep it so.
  const refused = phase === 'deliver' ? undefined : refusedCredentials(left);
  if (refused !== undefined) return err(refused);
  return prepare({
    invocation, run: order.run, ticket: order.ticket, checkout: checkout.value, forge: forge.value, base: order.base, phase, handover, scratch,
    loaded: { config: { ...document.configuration, agent: assignedConfig(document.configuration, order).agent }, digest: order.policy, origin: 'plan' }, evidence: createEvidence({ folder }, { redactor }), redactor,
    ticketRoot: invocation.cwd, holder: invocation.host.facts.runKey,
  });
}

/** The machine that works or verifies proves what admit could not ask it. */
async function runnerLacks({ ports, settings }: Prepared, phase: PlannedPhase): Promise<Problem | undefined> {
  if (phase === 'deliver') return undefined;
  const agent = phase === 'work' ? await ports.agent.probe() : undefined;
  if (agent?.ok === false) return usageProblem(agent.message);
  const proved = await ports.sandboxes.probe();
  const wanted = settings.config.sandbox.min_rung;
  if (rungAtLeast(proved.rung, wanted)) return undefined;
  const why = proved.refused.map((refused) => `${refused.rung}: ${refused.why} ${refused.fix}`).join(' ');
  return usageProblem(`This runner reaches the isolation level ${proved.rung}; the order wants ${wanted}. ${why}`.trim());
}

async function trailOf(invocation: Invocation, parts: { readonly plan: Plan; readonly store: TrailStore; readonly progress: Progress }): Promise<Result<Trail, Problem>> {
  const { plan, store, progress } = parts;
  for (const event of plan.document.events) await store.append(chainLine(event).line);
  const redactor = redactorFor(invocation);
  const trail = await reopenTrail({ store, clock: systemClock, onEvent: (event) => { progress.event(event); }, redact: (text) => redactor.text(text) });
  return trail.ok ? trail : err(usageProblem(`The events of the plan are no chain: ${trail.error.message}.`));
}

/** A gate may hold the change in deliver: with --answer a person with write permission decides there and then. */
async function untilAnswered(invocation: Invocation, parts: { readonly prepared: Prepared; readonly trail: Trail; readonly progress: Progress }): Promise<RunResult> {
  const { prepared, trail, progress } = parts;
  const result = await runToRest(invocation, prepared, trail, progress);
  const answer = option(invocation, 'answer');
  if (trail.state.kind !== 'waiting' || answer === undefined) return result;
  const taken = await takeAnswer(invocation, trail, { answer, ports: prepared.ports, settings: prepared.settings });
  if (!taken.ok) return { ...result, words: taken.error.message, exit: taken.error.exit };
  return runToRest(invocation, prepared, trail, progress);
}
