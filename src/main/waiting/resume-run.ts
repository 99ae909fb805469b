import path from 'node:path';
import type { RunRequest } from '../../domain/request.js';
import { err, ok, type Result } from '../../kit/result.js';
import type { StoredWait } from '../../ports/waiting-store.js';
import { isOccupied, occupiedProblem, redactorFor } from '../begin.js';
import { openCheckout } from '../checkout.js';
import { checkoutCredentials } from '../checkout-credentials.js';
import { systemIds } from '../clock.js';
import { sourceFolder } from '../gitlab/own-source.js';
import { option, type Invocation } from '../invocation.js';
import { scratchOf, type PrepareInput } from '../prepare.js';
import { faultProblem, usageProblem, type Problem } from '../problem.js';
import type { Progress } from '../progress.js';
import { requestOf, type Ignored } from '../request-of.js';
import type { RunResult } from '../run-to-rest.js';
import { surroundingsOf, type Surroundings } from '../surroundings.js';
import { goOnWith } from './find-waiting.js';
import { rm } from 'node:fs/promises';

/** Which waiting run, and what goes on with it. The event of the job, where there is one, is what somebody did about it. */
export interface Resuming { readonly run: string; readonly phase: PrepareInput['phase']; readonly answer: string | undefined; readonly byEvent: boolean }

/** `heddle resume RUN`, and the deliver job that goes on with a run which waits with its work done: from the store, on any machine. */
export async function resumeRun(invocation: Invocation, progress: Progress, wanted: Resuming): Promise<Result<RunResult | Ignored, Problem>> {
  const redactor = redactorFor(invocation);
  const folder = path.resolve(invocation.cwd, option(invocation, 'out') ?? 'heddle-run');
  if (await isOccupied(folder)) return err(occupiedProblem(invocation, folder));
  const scratch = `${scratchOf(systemIds.hex(8) as PrepareInput['run'])}-resume`;
  const source = await sourceFolder(invocation, { scratch });
  if (!source.ok) return source;
  const checkout = await openCheckout(source.value, scratch);
  if (!checkout.ok) return checkout;
  try {
    await checkoutCredentials(invocation, redactor);
    const around = await surroundingsOf(invocation, checkout.value, folder);
    if (!around.ok) return around;
    const stored = await storedRun(around.value, wanted.run);
    if (!stored.ok) return stored;
    const request = await actOn(invocation, around.value, { stored: stored.value, byEvent: wanted.byEvent });
    if (!request.ok) return request;
    const result = await goOnWith({ invocation, progress, phase: wanted.phase, redactor, folder, checkout: checkout.value, ...around.value, request: request.value, answer: wanted.answer }, stored.value, { anew: false });
    if (!result.ok) return result;
    if (result.value === undefined || 'resume' in result.value) return ok({ ignored: `the run ${wanted.run} does not wait any more; the comment at the ticket says where it stands` });
    return ok(result.value);
  } finally {
    await rm(scratch, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
  }
}

async function storedRun({ made, forge }: Surroundings, run: string): Promise<Result<StoredWait, Problem>> {
  if (made.waiting === undefined) return err(usageProblem(`The forge ${forge.id} keeps no waiting runs. Give the run folder: heddle resume RUN-FOLDER.`));
  const list = await made.waiting.list();
  if (!list.ok) return err(faultProblem(list.error));
  const found = list.value.waits.find((wait) => wait.entry.run === run);
  if (found !== undefined) return ok(found);
  const known = list.value.waits.slice(0, 10).map(({ entry }) => `${entry.run} (${entry.ticket.key})`);
  return err(usageProblem(`No run ${run} waits at ${forge.repository}. ${known.length === 0 ? 'None does.' : `Waiting: ${known.join(', ')}.`} For a run whose folder lies here: heddle resume RUN-FOLDER.`));
}

/** The event of the job when it is about this ticket; else whoever calls is the one who acts. */
async function actOn(invocation: Invocation, { forge, made, now }: Surroundings, { stored, byEvent }: { readonly stored: StoredWait; readonly byEvent: boolean }): Promise<Result<RunRequest | undefined, Problem>> {
  const { trigger } = now.loaded.config;
  const request = await requestOf(byEvent ? invocation : { ...invocation, ticket: stored.entry.ticket.key }, { repository: forge.repository, label: trigger.label, assignee: trigger.assignee, reader: async () => Promise.resolve(made.reader) });
  if (!request.ok) return request;
  return ok('ignored' in request.value ? undefined : request.value);
}
