import { createHash } from 'node:crypto';
import type { CheckResult } from '../domain/check.js';
import { digestOfJson } from '../domain/digest.js';
import { formatUsd } from '../domain/money.js';
import { durationWords, outcomeWords } from '../domain/outcome-words.js';
import type { ModelUsage } from '../domain/usage.js';
import type { RunEvent } from '../flow/event.js';
import { cut } from '../kit/harmless.js';
import { costChart, timelineChart } from './charts.js';
import { endingOf, type Ending } from './ending.js';
import { anchor, Html, html } from './html.js';
import { liveLine } from './live-line.js';
import { REPORT_STYLE } from './report-style.js';
import { busyMs, ownSpans, storyOf, type RunStory } from './run-story.js';

/**
 * The report of a run as one page that needs nothing else: no script, no request, light and dark, readable on a phone.
 * Its own content policy allows its one style sheet, by digest, and nothing more. Works for a run in any state.
 */
export function renderReportHtml(events: readonly RunEvent[]): string {
  const story = storyOf(events);
  const ending = endingOf(story);
  const title = story.admitted?.snapshot.title ?? story.requested?.request.ticket.key ?? 'Heddle run';
  const style = createHash('sha256').update(REPORT_STYLE).digest('base64');
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${new Html(style)}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer"><meta name="color-scheme" content="light dark">
<title>${ending.word}: ${cut(title, 120)}</title>
<style>${new Html(REPORT_STYLE)}</style></head>
<body><main>
${head(story, ending, title)}
${tiles(story)}
${timelineChart(story)}
${matrix(story)}
${costChart(story)}
${attempts(story)}
${findings(story)}
${files(story)}
${log(events, story)}
${foot(events)}
</main></body></html>
`.text;
}

function head(story: RunStory, ending: Ending, title: string): Html {
  const ticket = story.admitted?.snapshot;
  const key = ticket?.ref.key ?? story.requested?.request.ticket.key;
  const words = ending.change === undefined ? html`${ending.words}` : anchor(ending.words, ending.change.url);
  return html`<header><span class="badge ${ending.tone}">${ending.word}</span> <span class="soft">${words}</span>
<h1>${cut(title, 300)}</h1>
<p class="soft">${key === undefined ? '' : html`Ticket ${anchor(key, ticket?.url)}`}${story.requested === undefined ? '' : html`, asked for by ${story.requested.request.actor.login}`}${story.admitted === undefined ? '' : html`, on <code>${story.admitted.order.base.branch}</code> of ${story.admitted.order.repository}`} · ${story.startedAt.slice(0, 16).replace('T', ' ')} UTC</p>
${ending.detail === undefined ? '' : html`<p class="note">${cut(ending.detail, 3_000)}</p>`}
${ending.next === undefined ? '' : html`<p><b>Next:</b> ${withCode(ending.next)}</p>`}
${ending.kept && ending.change === undefined ? html`<p>The best candidate is kept in the evidence: <code>change.patch</code>, <code>bundle/change.bundle</code>.</p>` : ''}</header>`;
}

/** Our own words with `code` in ticks. */
function withCode(words: string): Html[] {
  return words.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : html`${part}`));
}

function tiles(story: RunStory): Html {
  const stats = story.candidate?.stats;
  const last = story.attempts.at(-1)?.attempt;
  const results = [...story.results.values()].map((row) => (last === undefined ? undefined : row.get(last)));
  const passed = results.filter((result) => result?.outcome.kind === 'passed').length;
  const tile = (value: string, label: string): Html => html`<div class="tile"><b>${value}</b><span>${label}</span></div>`;
  return html`<div class="tiles">${[
    ...(story.results.size === 0 ? [] : [tile(`${passed} of ${story.results.size}`, 'checks passed')]),
    ...(stats === undefined ? [] : [tile(`+${stats.additions} −${stats.deletions}`, `lines in ${stats.files} files`)]),
    ...(story.attempts.length === 0 ? [] : [tile(String(story.attempts.length), story.attempts.length === 1 ? 'attempt' : 'attempts'), tile(costWords(story.usage), `${grouped(tokensOf(story.usage))} tokens`)]),
    tile(durationWords(story.wallMs), 'request to end'),
    tile(durationWords(busyMs(ownSpans(story))), 'Heddle itself'),
    ...(story.attempts[0] === undefined ? [] : [tile(story.attempts[0].rung, 'isolation')]),
  ]}</div>`;
}

function matrix(story: RunStory): Html {
  if (story.results.size === 0) return html``;
  const columns = [0, ...story.attempts.map((attempt) => attempt.attempt)];
  const commands = new Map(story.briefed?.checks.map((check) => [check.id as string, check.run]));
  return html`<section><h2>Checks</h2><div class="scroll"><table><thead><tr><th>check</th>${columns.map((column) => html`<th>${column === 0 ? 'base' : `attempt ${column}`}</th>`)}<th>command</th></tr></thead><tbody>
${[...story.results].slice(0, 500).map(([id, row]) => html`<tr><td><code>${id}</code></td>${columns.map((column) => html`<td>${cell(row.get(column))}</td>`)}<td class="soft"><code>${cut(commands.get(id) ?? '', 160)}</code></td></tr>`)}
</tbody></table></div></section>`;
}

function cell(result: CheckResult | undefined): Html {
  if (result === undefined) return html`<span class="soft">not run</span>`;
  const { kind } = result.outcome;
  const tone = kind === 'passed' ? 'good' : kind === 'skipped' ? 'soft' : 'bad';
  const mark = kind === 'passed' ? '✓ ' : kind === 'skipped' ? '' : '✗ ';
  const tests = result.tests === undefined ? '' : html` <span class="soft">${result.tests.total - result.tests.failed - result.tests.skipped}/${result.tests.total} tests</span>`;
  return html`<span class="cell ${tone}">${mark}${outcomeWords(result.outcome)}</span> <span class="soft">${durationWords(result.durationMs)}</span>${tests}`;
}

function attempts(story: RunStory): Html {
  if (story.attempts.length === 0) return html``;
  return html`<section><h2>Attempts</h2><div class="scroll"><table><thead><tr><th>#</th><th>agent</th><th>why</th><th>ending</th><th>change</th><th>gates</th><th class="num">calls</th><th class="num">tokens</th></tr></thead><tbody>
${story.attempts.map((one) => html`<tr><td>${one.attempt}</td><td>${one.agent}<br><span class="soft">${one.model}</span></td><td>${one.because}</td><td>${one.ending}</td><td>${one.capture}</td><td>${one.verdict}</td><td class="num">${one.usage.calls}</td><td class="num">${grouped(tokensOf(one.usage))}</td></tr>`)}
</tbody></table></div></section>`;
}

function findings(story: RunStory): Html {
  if (story.findings.length === 0) return html``;
  return html`<section><h2>Findings that remain</h2><div class="scroll"><table><thead><tr><th>standing</th><th>check</th><th>place</th><th>message</th></tr></thead><tbody>
${story.findings.slice(0, 200).map((one) => html`<tr><td>${one.standing === 'new' ? html`<span class="cell bad">new</span>` : one.standing === 'flaky' ? 'flaky' : 'on the base too'}</td><td><code>${one.source}</code></td><td><code>${one.file === undefined ? '' : `${cut(one.file, 200)}${one.line === undefined ? '' : `:${one.line}`}`}</code></td><td>${cut(one.message, 500)}</td></tr>`)}
</tbody></table></div></section>`;
}

function files(story: RunStory): Html {
  const changed = story.candidate?.files ?? [];
  if (changed.length === 0) return html``;
  return html`<section><h2>Files</h2><div class="scroll"><table><thead><tr><th>file</th><th>change</th><th class="num">lines</th></tr></thead><tbody>
${changed.slice(0, 500).map((file) => html`<tr><td><code>${cut(file.path, 300)}</code></td><td>${file.status}${file.newMode === '100755' && file.oldMode !== '100755' ? html`, <b>made executable</b>` : ''}</td><td class="num">${file.binary ? 'binary' : `+${file.additions} −${file.deletions}`}</td></tr>`)}
</tbody></table></div></section>`;
}

function log(events: readonly RunEvent[], story: RunStory): Html {
  const start = Date.parse(story.startedAt);
  const lines = events.flatMap((event) => {
    const line = liveLine(event);
    return line === undefined ? [] : [html`<li><time datetime="${event.at}">${durationWords(Math.max(0, Date.parse(event.at) - start))}</time><span>${cut(line, 1_500)}</span></li>`];
  });
  return html`<section><details><summary>What happened, line by line</summary><ol>${lines.slice(0, 2_000)}</ol></details></section>`;
}

function foot(events: readonly RunEvent[]): Html {
  const last = events.at(-1);
  return last === undefined ? html`` : html`<footer>Run <code>${last.run}</code>, ${events.length} events, trail head <code>${digestOfJson(last)}</code></footer>`;
}

function costWords(usage: ModelUsage): string {
  return `${usage.costKnown ? '' : '≥ '}${formatUsd(usage.cost)}`;
}

function tokensOf(usage: ModelUsage): number {
  return usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens + usage.outputTokens;
}

function grouped(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ',');
}
