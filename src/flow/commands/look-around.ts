import { lifted, type RuleAnswer } from '../../admission/rule.js';
import { overlapRule } from '../../admission/overlap.js';
import type { CoordinationFacts } from '../../admission/coordination.js';
import { standingGrants } from '../../domain/grant.js';
import type { Fault } from '../../domain/fault.js';
import { Instant } from '../../domain/ids.js';
import type { OpenChanges } from '../../domain/open-change.js';
import { ok, type Result } from '../../kit/result.js';
import type { Ledger } from '../../ports/ledger.js';
import type { Context } from '../context.js';
import { asVerdict, judgeSurroundings } from '../coordinate/judge-surroundings.js';
import { lookAtOthers } from '../coordinate/look-at-others.js';
import { changeFacts, countedPaths, ownersOf } from '../coordinate/surroundings.js';
import { needsLedger } from '../ledger/needs-ledger.js';
import type { RunState } from '../state.js';
import { warn } from '../warn.js';

type Judged = Extract<RunState, { kind: 'judged' | 'answered' }>;

/**
 * Looks at what happened around the work while it was done: the base branch, the open changes of others, other runs. The real
 * paths take the place of the likely ones, in the run's row too. Nothing foreign is run; nothing is written but that row.
 */
export async function lookAround(context: Context, state: Judged): Promise<Result<void, Fault>> {
  const { ports, settings, trail } = context;
  const record = state.attempts.find((one) => one.attempt === state.attempt);
  if (record === undefined) throw new Error('a candidate without an attempt was about to be sealed');
  const open = await ports.reader.openChanges?.(context.signal);
  // The change and its proof do not hang on this list: without it less is known, and that is said.
  if (open?.ok === false) await warn(context, `Open changes could not be listed before delivery: ${open.error.message}`);
  const changes = open?.ok === true ? open.value : undefined;
  const seen = await lookAtOthers(context, state, { record, candidate: state.candidate, open: changes });
  const around = await overlapNow(context, state, changes);
  if (!around.ok) return around;
  const answers = [...judgeSurroundings(seen, settings.config, settings.phase === undefined), ...around.value].map((answer) => lifted(answer, standingGrants(state.grants, ports.clock.now())));
  await trail.append({
    type: 'surroundings-seen', attempt: state.attempt, tree: state.candidate.tree, round: record.renewals?.length ?? 0, base: seen.base, meetings: [...seen.meetings], verdict: asVerdict(answers),
  });
  return ok(undefined);
}

/** The rule of admission once more, with the files that were really written; the lease in the ledger follows in the same step. */
async function overlapNow(context: Context, state: Judged, open: OpenChanges | undefined): Promise<Result<readonly RuleAnswer[], Fault>> {
  const { ports, settings, trail } = context;
  const { overlap, caps } = settings.config;
  const counts = countedPaths(overlap.ignore);
  const scope = state.candidate.files.map((file) => file.path).filter(counts).slice(0, SCOPE_MAX);
  const now = ports.clock.now();
  const facts: CoordinationFacts = {
    run: trail.run, ticket: state.order.ticket, repository: state.order.repository, now, scope, certainty: 'real', likeness: undefined, reviewers: [],
    owners: ownersOf(state.briefed.owners, scope), grants: standingGrants(state.grants, now), overlap, caps,
    ...changeFacts(withoutOwn(open, state.order.branch), { base: state.order.base.branch, owners: state.briefed.owners, counts, maxPaths: overlap.max_paths }),
  };
  const alone = ok(overlapRule({ rows: [], damage: [] }, facts));
  if (ports.ledger === undefined) return alone;
  const asked = await askLedger(context, ports.ledger, facts);
  // As at admission: a ledger that nothing needs stops nobody, least of all work that is paid for.
  if (asked.ok || needsLedger(context)) return asked;
  await warn(context, `The ledger could not be asked before delivery: ${asked.error.message}`);
  return alone;
}

async function askLedger({ signal }: Context, ledger: Ledger, facts: CoordinationFacts): Promise<Result<readonly RuleAnswer[], Fault>> {
  const query = { since: Instant.parse(new Date(Date.parse(facts.now) - DAY_MS).toISOString()), ticket: facts.ticket };
  if (!ledger.writable) {
    const view = await ledger.read(query, signal);
    return view.ok ? ok(overlapRule(view.value, facts)) : view;
  }
  return ledger.book(query, (view) => {
    const own = view.rows.find((row) => row.run === facts.run);
    return { rows: own === undefined ? [] : [{ ...own, scope: [...facts.scope], changedAt: facts.now }], answer: overlapRule(view, facts) };
  }, signal);
}

/** As many as a row of the ledger takes. */
const SCOPE_MAX = 2000;
const DAY_MS = 24 * 3_600_000;

/** After a crash the run's own change may be open already. */
function withoutOwn(open: OpenChanges | undefined, branch: string): OpenChanges | undefined {
  return open === undefined ? undefined : { ...open, changes: open.changes.filter((change) => !(change.ours && change.branch === branch)) };
}
