import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { create as createEvidence } from '../adapters/evidence/folder/index.js';
import { create as createStore } from '../adapters/ledger-store/folder/index.js';
import { createRedactor } from '../containment/redactor.js';
import { RunId } from '../domain/ids.js';
import type { RunRequest } from '../domain/request.js';
import { newTrail } from '../flow/trail.js';
import { err, ok, type Result } from '../kit/result.js';
import type { Redactor } from '../ports/redactor.js';
import { openCheckout, type Checkout } from './checkout.js';
import { checkoutCredentials, credentialWarning } from './checkout-credentials.js';
import { systemClock, systemIds } from './clock.js';
import { sourceFolder } from './gitlab/own-source.js';
import { option, type Invocation } from './invocation.js';
import { leavePlan } from './phases/leave-plan.js';
import { prepare, scratchOf } from './prepare.js';
import { faultProblem, usageProblem, type Problem } from './problem.js';
import type { Progress } from './progress.js';
import { proveSandbox, type EarlyProof } from './prove-sandbox.js';
import { beginsNothing, requestOf, type Ignored } from './request-of.js';
import { runToRest, type RunResult } from './run-to-rest.js';
import { surroundingsOf, type Surroundings } from './surroundings.js';
import { goOnIfWaiting, type HandedOn } from './waiting/find-waiting.js';
import { writeRunDocument } from './write-documents.js';

/** What a job came to: a run at its rest, nothing to do, or (admission of the split) a run that another job must go on with. */
export type Begun = RunResult | Ignored | HandedOn;

/**
 * From what was asked for to a rest: of the run of this ticket that waits, or of a new one. Everything that can be wrong is said
 * before the first event is recorded.
 */
export async function begin(invocation: Invocation, progress: Progress, phase?: 'admit'): Promise<Result<Begun, Problem>> {
  const run = RunId.parse(systemIds.hex(8));
  const redactor = redactorFor(invocation);
  const folder = path.resolve(invocation.cwd, option(invocation, 'out') ?? 'heddle-run');
  const occupied = await isOccupied(folder);
  if (occupied) return err(occupiedProblem(invocation, folder));
  const repository = await sourceFolder(invocation, { scratch: scratchOf(run) });
  if (!repository.ok) return repository;
  const checkout = await openCheckout(repository.value, scratchOf(run));
  if (!checkout.ok) return checkout;
  // Climbing the rungs takes as long as some questions to the forge: both begin at once. Admission alone runs nothing foreign.
  const early = phase === 'admit' ? undefined : proveSandbox({ path: invocation.path, scratch: scratchOf(run), mark: run, rungs: invocation.rungs });
  const begun = await beginIn({ invocation, progress, phase, run, redactor, folder, checkout: checkout.value, early });
  // What did not begin leaves nothing behind; a run that was gone on with has folders of its own.
  if (!begun.ok || !begun.value.own) await (early?.abandon() ?? rm(scratchOf(run), { recursive: true, force: true }));
  return begun.ok ? ok(begun.value.result) : begun;
}

interface Beginning {
  readonly invocation: Invocation;
  readonly progress: Progress;
  readonly phase: 'admit' | undefined;
  readonly run: RunId;
  readonly redactor: Redactor;
  readonly folder: string;
  readonly checkout: Checkout;
  readonly early: EarlyProof | undefined;
}

/** `own`: a new run, in the places that were made for it. */
interface Came { readonly own: boolean; readonly result: Begun }

async function beginIn(beginning: Beginning): Promise<Result<Came, Problem>> {
  const { invocation, progress, phase, redactor, folder, checkout, early } = beginning;
  const warning = credentialWarning(await checkoutCredentials(invocation, redactor));
  if (warning !== undefined && invocation.host.facts.ci) progress.say(warning);
  if (checkout.facts.dirty && !invocation.host.facts.ci) progress.say('Note: the checkout has uncommitted changes; the run starts from the committed base and does not see them.');
  const around = await surroundingsOf(invocation, checkout, folder);
  if (!around.ok) return around;
  const { forge, made, now } = around.value;
  const { trigger, sandbox } = now.loaded.config;
  early?.configured(sandbox);
  const request = await requestOf(invocation, { repository: forge.repository, label: trigger.label, assignee: trigger.assignee, reader: async () => Promise.resolve(made.reader) });
  if (!request.ok) return request;
  if ('ignored' in request.value) return ok({ own: false, result: request.value });
  // A run of this ticket that waits comes first: what was done is about that one.
  const waited = await goOnIfWaiting({ invocation, progress, phase, redactor, folder, checkout, ...around.value, request: request.value, answer: undefined });
  if (!waited.ok) return waited;
  if (waited.value !== undefined) return ok({ own: false, result: waited.value });
  const nothing = beginsNothing(request.value);
  if (nothing !== undefined) return ok({ own: false, result: { ignored: nothing } });
  const started = await startRun(beginning, around.value, request.value);
  return started.ok ? ok({ own: true, result: started.value }) : started;
}

async function startRun({ invocation, progress, phase, run, redactor, folder, checkout, early }: Beginning, { forge, now }: Surroundings, request: RunRequest): Promise<Result<RunResult, Problem>> {
  const evidence = createEvidence({ folder }, { redactor });
  const prepared = await prepare({
    invocation, run, ticket: request.ticket, checkout, forge, ...now, evidence, redactor, ticketRoot: invocation.cwd,
    holder: invocation.host.facts.runKey, phase, sandboxes: early?.sandboxes,
  });
  if (!prepared.ok) return prepared;
  const store = await createStore({ folder });
  if (!store.ok) return err(faultProblem(store.error));
  try {
    // Looked at again under the lock: another run may have come and ended while this one was made ready.
    if ((await store.value.read()).length > 0) return err(occupiedProblem(invocation, folder));
    await evidence.writeJson('configuration.json', now.loaded.config);
    const trail = newTrail({ run, store: store.value, clock: systemClock, onEvent: (event) => { progress.event(event); }, redact: (text) => redactor.text(text) });
    // First of all: a run that is killed at once can be found and gone on with.
    await writeRunDocument(evidence, trail, prepared.value.record, 'running');
    await trail.append({ type: 'requested', request });
    const result = await runToRest(invocation, prepared.value, trail, progress);
    if (phase === undefined) return ok(result);
    const plan = await leavePlan(trail, { evidence, config: now.loaded.config });
    return plan.ok ? ok(plan.value === undefined ? result : { ...result, plan: plan.value }) : plan;
  } finally {
    await store.value.close();
  }
}

/** Shorter values would blank ordinary text; no provider gives such keys. */
const SECRET_CHARS_MIN = 6;

/** Every secret we hold is known to the redactor before anything is written. */
export function redactorFor(invocation: Invocation): Redactor {
  const redactor = createRedactor();
  for (const [name, secret] of Object.entries(invocation.secrets)) if (secret !== undefined && secret.replace(/[\r\n]+/g, '').length >= SECRET_CHARS_MIN) redactor.add(name, secret);
  return redactor;
}

export function occupiedProblem(invocation: Invocation, folder: string): Problem {
  return usageProblem(`The run folder ${folder} already holds a run. If it was stopped on its way, go on with it by \`heddle resume ${path.relative(invocation.cwd, folder) || '.'}\`. If it has ended, give another folder to --out, or remove this one.`);
}

export async function isOccupied(folder: string): Promise<boolean> {
  return readFile(path.join(folder, 'events.jsonl')).then((bytes) => bytes.length > 0, () => false);
}
