import { rm } from 'node:fs/promises';
import type { RunDocument } from '../flow/documents.js';
import { WAIT_WORDS } from '../domain/wait-words.js';
import { heldByVerify } from '../flow/replay/held-rules-of-verify.js';
import { drive, type Rest } from '../flow/drive.js';
import type { Trail } from '../flow/trail.js';
import type { Invocation } from './invocation.js';
import { exitCodeOf, type ExitCode } from './exit-code.js';
import { leaveReports } from './leave-reports.js';
import type { LeftPlan } from './phases/leave-plan.js';
import type { Prepared } from './prepare.js';
import type { Progress } from './progress.js';
import { VERSION } from './version.js';
import { outcomeOf, writeDocuments, writeRunDocument } from './write-documents.js';

/** How a run came to rest, for the people and programs that asked for it. */
export interface RunResult {
  readonly exit: ExitCode;
  readonly outcome: RunDocument['outcome'];
  readonly run: string;
  readonly changeUrl: string;
  readonly costUsd: number;
  readonly evidence: string;
  readonly words: string;
  /** Phase admit: what the other jobs get. */
  readonly plan?: LeftPlan;
  /** Phase verify: rules on running tests that hold, for the job that delivers. */
  readonly held?: string;
}

/** Drives a prepared run to its rest, writes the documents, and tells the host. A signal cancels the run, which keeps its work. */
export async function runToRest(invocation: Invocation, prepared: Prepared, trail: Trail, progress: Progress): Promise<RunResult> {
  const { ports, settings, record } = prepared;
  const stop = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => {
    progress.say(`${signal} received: ending the run; its work is kept`);
    stop.abort(signal);
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    await writeRunDocument(ports.evidence, trail, record, 'running');
    const rest = await drive({ ports, settings, trail, signal: stop.signal });
    const result = await settle(invocation, prepared, trail, rest);
    // What ended is never gone on with; what waits or was interrupted finds its folders again. A folder that cannot be removed hurts nobody.
    if (rest.kind !== 'waiting' && rest.kind !== 'interrupted') await rm(settings.scratch, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
    return result;
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    progress.close();
  }
}

async function settle(invocation: Invocation, prepared: Prepared, trail: Trail, rest: Rest): Promise<RunResult> {
  const { ports, record } = prepared;
  const outcome = outcomeOf(rest);
  const summary = await writeDocuments(ports.evidence, trail, { builder: invocation.host.facts.url ?? `urn:heddle:${VERSION}:local`, summaryTitle: 'Heddle' });
  await writeRunDocument(ports.evidence, trail, record, outcome);
  const { host } = invocation;
  if (host.facts.ci) await host.summary(summary);
  await leaveReports(host, { evidence: ports.evidence, events: trail.events });
  const result: RunResult = {
    exit: exitCodeOf(rest), outcome, run: trail.run, changeUrl: rest.kind === 'ended' && rest.state.kind === 'delivered' ? rest.state.delivery.change.url : '',
    costUsd: costOf(trail), evidence: ports.evidence.folder, words: wordsOf(rest),
    ...(rest.kind === 'verified' ? { held: heldByVerify(rest.state) } : {}),
  };
  return result;
}

/** What the attempts cost, in US dollars, also of a run that has ended: the terminal state owns no attempts any more. */
function costOf(trail: Trail): number {
  return trail.events.reduce((sum, { fact }) => sum + (fact.type === 'agent-reported' ? fact.usage.cost : 0), 0) / 1_000_000;
}

function wordsOf(rest: Rest): string {
  if (rest.kind === 'interrupted') return `${rest.fault.message} Nothing is lost: \`heddle resume\` goes on from here.`;
  if (rest.kind === 'waiting') return waitWords(rest.state);
  if (rest.kind === 'planned') return 'Dry run: admitted and briefed; nothing was written outside the run folder and no model was called.';
  if (rest.kind === 'admitted') return 'The order is given: plan.json goes to the work job, with its digest.';
  if (rest.kind === 'worked') return 'The bundle is sealed: it goes to verify and deliver, with its digest.';
  if (rest.kind === 'verified') return 'The checks passed on a fresh checkout of exactly the bundle\'s tree.';
  if (rest.kind === 'refuted') return 'The checks or the gates do not let the bundle\'s tree through: see verification.json.';
  switch (rest.state.kind) {
    case 'delivered': return `a change is ready for review at ${rest.state.delivery.change.url}`;
    case 'declined': return rest.state.decline.words;
    case 'exhausted': return rest.state.words;
    case 'cancelled': return `Cancelled by ${rest.state.by}.`;
    case 'superseded': return `Superseded by ${rest.state.by}.`;
    case 'faulted': return rest.state.fault.message;
    default: return '';
  }
}

/** Who must do what, and until when. The run is found by its id on any machine, where the forge keeps it. */
function waitWords(state: Rest['state']): string {
  const question = state.kind === 'asked' ? state.question : undefined;
  const { who, how } = WAIT_WORDS[question?.asks ?? 'delivery'];
  const until = question?.expiresAt ?? (state.kind === 'waiting' ? state.expiresAt : undefined);
  return `${question === undefined ? 'The change is done and a rule wants a person to look.' : `Missing: ${question.question}.`} Who: ${who}. How: ${how}.${until === undefined ? '' : ` Until ${until}.`}`;
}
