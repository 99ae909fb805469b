import type { RunFactOf } from '../flow/event.js';
import type { Snapshot } from '../domain/ticket.js';
import { formatUsd } from '../domain/money.js';
import { durationWords } from '../domain/outcome-words.js';
import { code, fenced } from '../kit/harmless.js';

type Asked = NonNullable<RunFactOf<'human-asked'>['approval']>;

const TEXT_LINES_MAX = 200;
const REMOVALS_MAX = 20;

/**
 * What a person needs in order to approve, and nothing that could act: what to write, what it covers, what was taken out, and
 * the text as the agent would get it, or what changed in it since the last time somebody was asked.
 */
export function approvalNote(asked: Asked, text: { readonly now: Snapshot | undefined; readonly before: Snapshot | undefined }): string {
  const { now, before } = text;
  const short = asked.digest.slice('sha256:'.length, 'sha256:'.length + 16);
  return [
    `To approve exactly this, somebody who may writes a new comment with this line (and nothing is approved by an edited one):\n\n\`\`\`text\n/heddle approve ${short}\n\`\`\``,
    `It covers the text below, the branch ${code(asked.base)}, the agent ${code(asked.agent)} with ${code(asked.model)}, at most ${formatUsd(asked.cost)}, ${asked.attempts} ${asked.attempts === 1 ? 'attempt' : 'attempts'} and ${durationWords(asked.wallMs)}, and the configuration ${code(asked.policy.slice('sha256:'.length, 'sha256:'.length + 12))}. An edit of the ticket, other limits or another configuration void it. Digest: ${code(asked.digest)}.`,
    ...(now === undefined || now.digest !== asked.snapshot ? [] : [removals(now), before === undefined || before.digest === now.digest ? shown(now) : changes(before, now)]),
  ].filter((part) => part !== '').join('\n\n');
}

function removals({ removals: all }: Snapshot): string {
  if (all.length === 0) return 'Nothing was taken out of the text.';
  return `Taken out of the text before the agent gets it:\n\n${all.slice(0, REMOVALS_MAX).map((one) => `- ${one.where}: ${one.count} × ${one.kind} ${code(one.sample)}`).join('\n')}`;
}

function shown(now: Snapshot): string {
  return `The text as the agent would get it (signs that could act are written otherwise here):\n\n${block(linesOf(now))}`;
}

/** What stands between the lines that both texts begin and end with. */
function changes(before: Snapshot, now: Snapshot): string {
  const [old, fresh] = [linesOf(before), linesOf(now)];
  let head = 0;
  while (head < old.length && head < fresh.length && old[head] === fresh[head]) head += 1;
  let tail = 0;
  while (tail < old.length - head && tail < fresh.length - head && old.at(-1 - tail) === fresh.at(-1 - tail)) tail += 1;
  const lines = [...old.slice(head, old.length - tail).map((line) => `- ${line}`), ...fresh.slice(head, fresh.length - tail).map((line) => `+ ${line}`)];
  return `What changed since this was asked last (from line ${head + 1}):\n\n${block(lines)}`;
}

function linesOf({ title, body, criteria, labels }: Snapshot): readonly string[] {
  return [`Title: ${title}`, `Labels: ${labels.join(', ')}`, '', ...body.split('\n'), ...criteria.map((criterion) => `Criterion: ${criterion.text}${criterion.check === undefined ? '' : ` (check: ${criterion.check})`}`)];
}

function block(lines: readonly string[]): string {
  const cut = lines.length > TEXT_LINES_MAX ? [...lines.slice(0, TEXT_LINES_MAX), `(${lines.length - TEXT_LINES_MAX} more lines; all of them are in ticket.json of the evidence)`] : lines;
  const { open, lines: safe, close } = fenced(cut.join('\n'));
  return [open, ...safe, close].join('\n');
}
