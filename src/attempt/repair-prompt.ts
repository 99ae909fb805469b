import type { Brief } from '../domain/brief.js';
import type { CaptureRefusal } from '../domain/candidate.js';
import type { JudgedFinding } from '../domain/finding.js';
import type { AttemptStop } from '../domain/stop-reason.js';
import type { Verdict, VerdictNode } from '../domain/verdict.js';
import { explainMark, renderPrompt } from './prompt.js';
import { renderFindings } from './render-findings.js';
import type { Reproduction } from './render-findings.js';
import { frame, oneLine } from './render-frame.js';

/** What was wrong with the attempt before. Everything in it is shown to the agent, shortened and inside the mark. */
export interface RepairInput {
  readonly brief: Brief;
  /** Only those with the standing `new` are shown: nobody is asked to mend what was broken before. */
  readonly findings: readonly JudgedFinding[];
  readonly stopped?: AttemptStop | undefined;
  readonly refusals?: readonly CaptureRefusal[] | undefined;
  readonly gate?: Verdict | undefined;
  /** The agent still has the conversation of the attempt before; otherwise the whole brief is given again. */
  readonly continued: boolean;
  /** A limit is near: the smallest correct version is wanted. */
  readonly soft: boolean;
  readonly reproduce: readonly Reproduction[];
}

const ENTRIES_MAX = 15;

/** The prompt of a repair session. */
export function renderRepairPrompt(input: RepairInput): string {
  const { brief } = input;
  const opening = input.continued
    ? `Your work was checked and is not accepted yet. The folder holds your change as it stands.\n\n${explainMark(brief.mark)}`
    : `${renderPrompt(brief).trimEnd()}\n\n# This is a repair\n\nAn earlier session worked on this ticket. The folder holds its change as it stands, and it is not accepted yet. Look at what\nis there before you change it.`;
  return [
    opening,
    renderStop(input.stopped),
    renderRefusals(input),
    renderGate(input),
    renderFindings({ findings: input.findings, reproduce: input.reproduce, mark: brief.mark }),
    hasNothing(input) ? 'The attempt before changed nothing. Do the work of the ticket now, or say plainly why it cannot be done.' : '',
    closing(input.soft),
  ].filter((part) => part !== '').join('\n\n').concat('\n');
}

function hasNothing(input: RepairInput): boolean {
  return input.stopped === undefined && (input.refusals ?? []).length === 0 && refusedNodes(input.gate).length === 0
    && !input.findings.some((finding) => finding.standing === 'new');
}

const STOP_WORDS: Readonly<Record<AttemptStop, string>> = {
  wall: 'it ran out of time', idle: 'it was silent for too long', output: 'it wrote too much output', processes: 'it started too many processes',
  memory: 'it used too much memory', cpu: 'it used too much CPU time',
  'file-size': 'it wrote a file that is too large', disk: 'it filled the disk', cost: 'its money was spent', tokens: 'its tokens were used up',
  'model-calls': 'it made too many model calls', cancelled: 'it was cancelled',
};

function renderStop(stopped: AttemptStop | undefined): string {
  return stopped === undefined ? '' : `The session before was ended before it was done: ${STOP_WORDS[stopped]}. What it left may be half finished.`;
}

function renderRefusals({ refusals = [], brief }: RepairInput): string {
  if (refusals.length === 0) return '';
  const lines = refusals.slice(0, ENTRIES_MAX).map((refusal) => `${refusal.code}: ${oneLine(refusal.path)}: ${oneLine(refusal.message, 500)}`);
  return `# The folder could not be taken over\n\nIt holds something that a change must not have. Remove it.\n\n${frame('refusals', withRest(lines, refusals.length), brief.mark)}`;
}

function renderGate({ gate, brief }: RepairInput): string {
  const nodes = refusedNodes(gate);
  if (nodes.length === 0) return '';
  const lines = nodes.slice(0, ENTRIES_MAX).map((node) => `${oneLine(node.rule, 100)}: ${oneLine(node.words, 700)}`);
  return `# A rule refused the change\n\nUndo what these rules refuse. Do not look for a way around them.\n\n${frame('refused by', withRest(lines, nodes.length), brief.mark)}`;
}

/** The innermost nodes that deny: they say what is wrong, their parents only that something is. */
function refusedNodes(gate: Verdict | undefined): readonly VerdictNode[] {
  const found: VerdictNode[] = [];
  const walk = (node: VerdictNode): void => {
    if (node.effect !== 'deny' && node.effect !== 'error') return;
    const before = found.length;
    for (const child of node.children ?? []) walk(child);
    if (found.length === before) found.push(node);
  };
  if (gate !== undefined) walk(gate.tree);
  return found;
}

function withRest(lines: readonly string[], total: number): string {
  return total > lines.length ? `${lines.join('\n')}\n… and ${total - lines.length} more` : lines.join('\n');
}

function closing(soft: boolean): string {
  return soft
    ? 'A limit of this run is near. Finish the smallest correct version now: mend what is listed, take back what is unfinished and not needed, and end.'
    : 'Find the cause of each point, mend it with the smallest change, run the command again where you can, and end with a short message.\nThe rules from the beginning still hold: the ticket decides what is right, and no test is deleted, skipped or weakened.';
}
