import type { CheckResult } from '../domain/check.js';
import { digestOfJson } from '../domain/digest.js';
import { egressLines, egressStories } from '../domain/egress-words.js';
import { formatUsd } from '../domain/money.js';
import { durationWords, outcomeWords } from '../domain/outcome-words.js';
import type { ModelUsage } from '../domain/usage.js';
import type { RunEvent } from '../flow/event.js';
import { code, inline, link, safeUrl } from '../kit/harmless.js';
import { endingOf, type Ending } from './ending.js';
import { busyMs, ownSpans, storyOf, type RunStory } from './run-story.js';

export interface SummaryOptions {
  /** In UTF-8 bytes. A GitHub job summary takes 1 MiB. */
  readonly bytesMax?: number;
  readonly title?: string | undefined;
  readonly links?: readonly { readonly label: string; readonly url: string }[];
}

/** The page of a job, as Markdown, for a run in any state: how it ended first, then the evidence, the most telling parts first. */
export function renderSummary(events: readonly RunEvent[], options: SummaryOptions = {}): string {
  const bytesMax = options.bytesMax ?? BYTES_MAX;
  const story = storyOf(events);
  const ending = endingOf(story);
  const parts = [
    ...head(story, ending, options.title), ...facts(story, ending), ...checks(story), ...findings(story), ...attempts(story), ...reach(events), ...timeline(story), ...files(story), ...linksPart(options), ...foot(events),
  ];
  let page = '';
  for (const part of parts) {
    const longer = page === '' ? part : `${page}\n\n${part}`;
    if (Buffer.byteLength(longer) + NOTICE.length + 3 > bytesMax) return Buffer.byteLength(page) === 0 ? cutBytes(part, bytesMax) : `${page}\n\n${NOTICE}\n`;
    page = longer;
  }
  return `${page}\n`;
}

const BYTES_MAX = 1_048_576;
const NOTICE = 'More did not fit here: see `report.html` and `packet.md` in the evidence of the run.';
const ROWS_MAX = 200;
const TONE = { good: '✅', bad: '❌', open: '⏳' };

function head(story: RunStory, ending: Ending, title: string | undefined): string[] {
  const ticket = story.admitted?.snapshot;
  const words = ending.change === undefined ? inline(ending.words, 300) : `${link(`${ending.change.draft ? 'draft ' : ''}change ${ending.change.number}`, ending.change.url)}`;
  const key = ticket?.ref.key ?? story.requested?.request.ticket.key;
  return [
    `## ${TONE[ending.tone]} ${ending.word}: ${words}`,
    ...(title === undefined ? [] : [`_${inline(title, 200)}_`]),
    ...(key === undefined ? [] : [`Ticket ${link(code(key, 120), ticket?.url)}${ticket === undefined ? '' : `: ${inline(ticket.title, 200)}`}`]),
    ...(ending.detail === undefined ? [] : [`> ${inline(ending.detail, 2_000)}`]),
    ...(ending.next === undefined ? [] : [`**Next:** ${ending.next}`]),
    ...(ending.kept && ending.change === undefined ? ['The best candidate is kept in the evidence: `change.patch`, `bundle/change.bundle`.'] : []),
  ];
}

function facts(story: RunStory, ending: Ending): string[] {
  const stats = story.candidate?.stats;
  const own = busyMs(ownSpans(story));
  const rows = [
    ...(stats === undefined ? [] : [row('Change', `${stats.files} files, +${stats.additions} −${stats.deletions}`)]),
    ...(story.attempts.length === 0 ? [] : [row('Attempts', String(story.attempts.length)), row('Cost', `${costWords(story.usage)} of ${story.admitted === undefined ? '?' : formatUsd(story.admitted.order.limits.costMicroUsdMax)}`)]),
    row('Time', `${durationWords(story.wallMs)}, of it ${durationWords(own)} Heddle's own`),
    ...(story.last?.type === 'delivered' ? [row('Reviewers asked', story.last.reviewers.map((name) => code(name, 80)).join(', ') || 'nobody'), row('CI on the branch', story.last.ci.kind === 'started' ? story.last.ci.runs.slice(0, 10).map((run) => link(inline(run.name, 80), run.url)).join(', ') : `not started: ${inline(story.last.ci.why, 200)}`)] : []),
    ...(ending.change === undefined && story.admitted !== undefined ? [row('Branch', 'none was pushed')] : []),
    ...(story.attempts[0] === undefined ? [] : [row('Isolation', story.attempts[0].rung === 'none' ? '**none**: agent and checks were not isolated' : code(story.attempts[0].rung))]),
  ];
  return [[row('', ''), '| --- | --- |', ...rows].join('\n')];
}

function checks(story: RunStory): string[] {
  if (story.results.size === 0) return [];
  const columns = [0, ...story.attempts.map((attempt) => attempt.attempt)].slice(-12);
  const commands = new Map(story.briefed?.checks.map((check) => [check.id as string, check.run]));
  const rows = [...story.results].slice(0, ROWS_MAX).map(([id, results]) => row(code(id), ...columns.map((column) => cell(results.get(column))), code(commands.get(id) ?? '', 100)));
  return ['### Checks', [row('check', ...columns.map((column) => (column === 0 ? 'base' : `attempt ${column}`)), 'command'), `|${' --- |'.repeat(columns.length + 2)}`, ...rows].join('\n')];
}

function cell(result: CheckResult | undefined): string {
  if (result === undefined) return '·';
  const mark = result.outcome.kind === 'passed' ? '✅' : result.outcome.kind === 'skipped' ? '➖' : '❌';
  return `${mark} ${outcomeWords(result.outcome)}, ${durationWords(result.durationMs)}`;
}

function findings(story: RunStory): string[] {
  const shown = story.findings.filter((finding) => finding.standing !== 'pre-existing');
  if (shown.length === 0) return [];
  const rows = shown.slice(0, 50).map((finding) => row(finding.standing, code(finding.source), finding.file === undefined ? '' : code(`${finding.file}${finding.line === undefined ? '' : `:${finding.line}`}`), inline(finding.message, 240)));
  return ['### Findings of the last attempt', [row('standing', 'check', 'place', 'message'), '| --- | --- | --- | --- |', ...rows].join('\n'), ...(shown.length > 50 ? [`… and ${shown.length - 50} more.`] : [])];
}

function reach(events: readonly RunEvent[]): string[] {
  const lines = egressStories(events.map((event) => event.fact)).flatMap((story) => egressLines(story, { code: (text) => code(text, 140) }));
  return lines.length === 0 ? [] : ['### Network', lines.slice(0, ROWS_MAX).map((line) => `- ${line}`).join('\n')];
}

function attempts(story: RunStory): string[] {
  if (story.attempts.length === 0) return [];
  const rows = story.attempts.map((attempt) => row(
    String(attempt.attempt), code(`${attempt.agent}:${attempt.model}`, 100), attempt.because, attempt.ending, attempt.capture, attempt.verdict, tokens(attempt.usage), costWords(attempt.usage), durationWords(attempt.durationMs),
  ));
  return ['### Attempts', [row('#', 'agent', 'why', 'ending', 'change', 'gates', 'tokens', 'cost', 'time'), `|${' --- |'.repeat(9)}`, ...rows].join('\n')];
}

/** A small picture in characters: it shows everywhere and runs nothing. */
function timeline(story: RunStory): string[] {
  if (story.wallMs <= 0 || story.spans.length === 0) return [];
  const lanes = [...new Set(story.spans.map((span) => span.lane))].map((lane) => ({ name: lane as string, spans: story.spans.filter((span) => span.lane === lane) as readonly { fromMs: number; toMs: number }[] }));
  lanes.push({ name: 'Heddle', spans: ownSpans(story) });
  const lines = lanes.map(({ name, spans }) => `${name.padEnd(21)}${bar(spans, story.wallMs)} ${durationWords(busyMs(spans))}`);
  return ['### Time', ['```text', ...lines, '```'].join('\n')];
}

const BAR_CELLS = 48;
function bar(spans: readonly { fromMs: number; toMs: number }[], wallMs: number): string {
  const perCell = wallMs / BAR_CELLS;
  return Array.from({ length: BAR_CELLS }, (_, index) => (spans.some((span) => span.toMs > index * perCell && span.fromMs < (index + 1) * perCell) ? '█' : '·')).join('');
}

function files(story: RunStory): string[] {
  const changed = story.candidate?.files ?? [];
  if (changed.length === 0) return [];
  const rows = changed.slice(0, ROWS_MAX).map((file) => row(code(file.path), file.status, file.binary ? 'binary' : `+${file.additions} −${file.deletions}`));
  return ['### Files', [row('file', 'change', 'lines'), '| --- | --- | --- |', ...rows].join('\n'), ...(changed.length > ROWS_MAX ? [`… and ${changed.length - ROWS_MAX} more.`] : [])];
}

function linksPart(options: SummaryOptions): string[] {
  const links = (options.links ?? []).filter((one) => safeUrl(one.url) !== undefined).map((one) => link(inline(one.label, 100), one.url));
  return links.length === 0 ? [] : [links.join(' · ')];
}

function foot(events: readonly RunEvent[]): string[] {
  const last = events.at(-1);
  return last === undefined ? [] : [`Run ${code(last.run)}, ${events.length} events, trail head ${code(digestOfJson(last))}.`];
}

function costWords(usage: ModelUsage): string {
  return `${usage.costKnown ? '' : 'at least '}${formatUsd(usage.cost)}`;
}

function tokens(usage: ModelUsage): string {
  return String(usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens + usage.outputTokens);
}

function row(...cells: readonly string[]): string {
  return `| ${cells.map((text) => text.replaceAll('|', '¦')).join(' | ')} |`;
}

function cutBytes(text: string, bytesMax: number): string {
  return Buffer.from(text).subarray(0, Math.max(0, bytesMax)).toString('utf8').replace(/\ufffd$/, '');
}
