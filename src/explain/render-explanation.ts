import { oneLine as inline } from './one-line.js';
import type { ExplainDocument, ExplainedRun } from './explanation.js';
import type { Node } from './told.js';

/** The explanation as text for a terminal, a log or a comment: where each run stands, who can do what, the story, the decision. */
export function renderExplanation(document: ExplainDocument): string {
  const { ticket, runs, live } = document;
  const title = ticket === undefined ? [] : [`Ticket ${inline(ticket.key, 300)}`];
  const none = runs.length === 0 ? ['No run of it is known.'] : [];
  const now = live === undefined ? [] : [['If it were asked for now:', `  ${inline(live.words, 600)}`, ...tree(live.decision, 1)].join('\n')];
  return `${[...title, ...none, ...runs.map(run), ...now].join('\n\n')}\n`;
}

/** The same for a comment: the end of each story alone. */
export function renderShort({ runs }: ExplainDocument): string {
  return runs.map((one) => run({ ...one, timeline: one.timeline.slice(-SHORT_LINES) })).join('\n\n');
}

const SHORT_LINES = 6;

function run({ run: id, standing, reason, until, timeline, decision }: ExplainedRun): string {
  const why = reason === undefined ? [] : [`  why   ${reason.why}`, `  who   ${reason.who}`, `  next  ${reason.next}`];
  const expires = until === undefined ? [] : [`  until ${until}`];
  const story = timeline.map(({ at, text }) => `  ${at.slice(0, 19).replace('T', ' ')}  ${text}`);
  const last = decision === undefined || standing === 'delivered' ? [] : ['  The last decision:', ...tree(decision, 2)];
  return [`Run ${id}: ${standing}${reason === undefined ? '' : ` (${reason.code})`}`, ...why, ...expires, '', ...story, ...(last.length === 0 ? [] : ['', ...last])].join('\n');
}

const SIGNS: Readonly<Record<string, string>> = { allow: 'yes ', hold: 'HOLD', deny: 'NO  ', error: '??? ' };

/** What does not allow, with what it saw; of the rules that do allow the names, since there are many of them. */
function tree(node: Node, depth: number): readonly string[] {
  const children = node.children ?? [];
  const yes = children.filter((child) => child.effect === 'allow').map((child) => inline(child.rule, 80));
  const allowed = yes.length === 0 ? [] : [`${'  '.repeat(depth + 1)}${SIGNS['allow'] ?? ''} ${yes.join(', ')}`];
  const values = Object.entries(node.values ?? {}).map(([key, value]) => `${inline(key, 60)} ${inline(Array.isArray(value) ? value.join(', ') || 'none' : String(value), 160)}`);
  const line = `${'  '.repeat(depth)}${SIGNS[node.effect] ?? '??? '} ${inline(node.rule, 80)}: ${inline(node.words, 400)}${values.length === 0 ? '' : ` [${values.join('; ')}]`}`;
  return [line, ...children.filter((child) => child.effect !== 'allow').flatMap((child) => tree(child, depth + 1)), ...allowed];
}
