import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { claimName } from '../../admission/claim-name.js';
import { harmlessLines } from '../../containment/log-filter.js';
import { RunId } from '../../domain/ids.js';
import type { TicketRef } from '../../domain/ticket.js';
import { explain, type ExplainDocument, type KnownRun } from '../../explain/explanation.js';
import { renderExplanation } from '../../explain/render-explanation.js';
import { parseTicketRef } from '../../intake/ticket-ref.js';
import { err, ok, type Result } from '../../kit/result.js';
import type { Arguments } from '../arguments.js';
import { redactorFor } from '../begin.js';
import { openCheckout } from '../checkout.js';
import { invocationFromArguments } from '../command-line-invocation.js';
import { EXIT } from '../exit-code.js';
import { askLive } from '../explain/ask-live.js';
import { runInFolder, runsInLedger, waitingRun } from '../explain/known-runs.js';
import { ticketHome } from '../gitlab/gitlab-connection.js';
import { createLedger } from '../ledgers.js';
import { sourceFolder } from '../gitlab/own-source.js';
import type { Invocation } from '../invocation.js';
import { usageProblem, type Problem } from '../problem.js';
import { complain } from '../report-result.js';
import type { Secrets } from '../secrets.js';
import { surroundingsOf, type Surroundings } from '../surroundings.js';

const LINES_MAX = 5000;

/**
 * `heddle explain RUN-FOLDER | RUN | TICKET`: why nothing happened, or why a run waits, or was stopped. Reads only: the run folder,
 * or the ledger, then what waits at the forge, then (for a ticket without a run) tracker and forge as they are now.
 */
export async function explainCommand(given: Arguments, secrets: Secrets): Promise<number> {
  const [about, extra] = given.positionals;
  if (about === undefined || extra !== undefined) return complain(usageProblem('`heddle explain` needs one word: a run folder, the id of a run, or a ticket. Example: heddle explain #12'));
  const invocation = await invocationFromArguments({ ...given, positionals: [] }, secrets);
  if (!invocation.ok) return complain(invocation.error);
  const document = existsSync(path.join(about, 'events.jsonl')) ? await ofFolder(about) : await ofForge(invocation.value, about);
  if (!document.ok) return complain(document.error);
  if (given.values.get('json') === 'true') process.stdout.write(`${JSON.stringify(document.value)}\n`);
  else process.stdout.write(`${harmlessLines(renderExplanation(document.value), { prefix: '', lineCharsMax: 4000, linesMax: LINES_MAX }).join('\n')}\n`);
  return EXIT.done;
}

async function ofFolder(folder: string): Promise<Result<ExplainDocument, Problem>> {
  const known = await runInFolder(path.resolve(folder));
  return known.ok ? ok(explain([known.value.run], { ticket: known.value.ticket })) : known;
}

async function ofForge(invocation: Invocation, about: string): Promise<Result<ExplainDocument, Problem>> {
  const scratch = await mkdtemp(path.join(tmpdir(), 'heddle-explain-'));
  try {
    const source = await sourceFolder(invocation, { scratch });
    if (!source.ok) return source;
    const checkout = await openCheckout(source.value, scratch);
    if (!checkout.ok) return checkout;
    const around = await surroundingsOf(invocation, checkout.value, path.join(invocation.cwd, 'heddle-run'));
    if (!around.ok) return around;
    const run = RunId.safeParse(about);
    const parsed = run.success ? ok(undefined) : parseTicketRef(about, { repository: around.value.forge.repository, cwd: invocation.cwd, home: ticketHome(invocation) });
    if (!parsed.ok) return err(usageProblem(parsed.error.message));
    const found = await knownOf(invocation, around.value, { run: run.success ? about : undefined, ticket: parsed.value, scratch });
    if (!found.ok) return found;
    const { runs, ticket } = found.value;
    if (runs.length > 0 || ticket === undefined) return runs.length > 0 ? ok(explain(runs, { ticket })) : err(usageProblem(`Nothing is known of the run ${about}: not in the ledger (\`ledger.store\`), and it does not wait at ${around.value.forge.repository}. Give its run folder, or its ticket.`));
    const live = await askLive(invocation, { ticket, checkout: checkout.value, around: around.value, redactor: redactorFor(invocation) });
    return live.ok ? ok(explain([], { ticket, live: live.value })) : live;
  } finally {
    await rm(scratch, { recursive: true, force: true, maxRetries: 3 });
  }
}

interface Wanted { readonly run: string | undefined; readonly ticket: TicketRef | undefined; readonly scratch: string }

/** From the ledger; a run that waits and that no ledger has comes from where it waits. */
async function knownOf(invocation: Invocation, { forge, made, now }: Surroundings, { run, ticket, scratch }: Wanted): Promise<Result<{ readonly runs: readonly KnownRun[]; readonly ticket: TicketRef | undefined }, Problem>> {
  const ledger = await createLedger({ config: now.loaded.config.ledger, invocation, forge, phase: undefined, scratch });
  if (!ledger.ok) return ledger;
  const booked = ledger.value === undefined ? ok({ runs: [], ticket }) : await runsInLedger(ledger.value, { run, ticket });
  // What a run by itself remembers is more than nothing: a ledger that is away does not keep the wait from being told.
  const runs = booked.ok ? booked.value.runs : [];
  const waits = made.waiting === undefined ? ok(undefined) : await waitingRun(made.waiting, { run, name: ticket === undefined ? undefined : claimName(ticket) });
  if (!waits.ok) return waits;
  if (!booked.ok && waits.value === undefined) return booked;
  const others = waits.value === undefined || runs.some((one) => one.run === waits.value?.run.run) ? [] : [waits.value.run];
  return ok({ runs: [...runs, ...others], ticket: (booked.ok ? booked.value.ticket : undefined) ?? waits.value?.ticket ?? ticket });
}
