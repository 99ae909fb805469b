import { formatUsd } from '../domain/money.js';
import { durationWords } from '../domain/outcome-words.js';
import { Html, html } from './html.js';
import { busyMs, ownSpans, type RunStory } from './run-story.js';

/** Who worked when. Labels are text beside the pictures, so that they stay readable when the bars get narrow. */
export function timelineChart(story: RunStory): Html {
  if (story.wallMs <= 0 || story.spans.length === 0) return html``;
  const lanes = LANES.map(({ name, fill }) => ({ name, fill, spans: story.spans.filter((span) => span.lane === name) })).filter((lane) => lane.spans.length > 0);
  const own = ownSpans(story);
  const scale = (ms: number): number => Math.round((ms / story.wallMs) * 10_000) / 10;
  const rect = (span: { fromMs: number; toMs: number }, fill: string, label: string, at = { row: 0, rows: 1 }): Html => (
    html`<rect class="${fill}" x="${scale(span.fromMs)}" y="${Math.round((at.row / at.rows) * 200) / 10}" width="${Math.max(2, scale(span.toMs) - scale(span.fromMs) - 1)}" height="${Math.round(200 / at.rows - (at.rows > 1 ? 5 : 0)) / 10}"><title>${label}, ${durationWords(span.toMs - span.fromMs)}</title></rect>`);
  const lane = (name: string, bars: readonly Html[], ms: number): Html => (
    html`<div class="lane"><span>${name}</span><svg viewBox="0 0 1000 20" preserveAspectRatio="none" role="img" aria-label="${name}: ${durationWords(ms)}">${bars}</svg><span class="num">${durationWords(ms)}</span></div>`);
  return html`<section><h2>Who worked when</h2>
${lanes.map(({ name, fill, spans }) => lane(name, stacked(spans).map(({ span, ...at }) => rect(span, span.good ? fill : 'f-bad', span.label, at)), busyMs(spans)))}
${lane('Heddle', own.map((span) => rect(span, 'f-ours', 'Heddle')), busyMs(own))}
<div class="lane axis"><span></span><div><i>0</i><i>${durationWords(story.wallMs / 2)}</i><i>${durationWords(story.wallMs)}</i></div><span></span></div>
${story.spans.some((span) => !span.good) ? html`<p class="soft"><b class="bad">Red</b>: a check that did not pass, or a session that was stopped.</p>` : ''}</section>`;
}

/** Puts what ran at the same time into rows of its own, so that nothing hides behind anything. */
function stacked<T extends { readonly fromMs: number; readonly toMs: number }>(spans: readonly T[]): { span: T; row: number; rows: number }[] {
  const ends: number[] = [];
  const placed = [...spans].sort((a, b) => a.fromMs - b.fromMs).map((span) => {
    const free = ends.findIndex((end) => end <= span.fromMs);
    const row = free < 0 ? ends.length : free;
    ends[row] = span.toMs;
    return { span, row };
  });
  const rows = Math.min(ROWS_MAX, Math.max(1, ends.length));
  return placed.map(({ span, row }) => ({ span, row: row % rows, rows }));
}

const ROWS_MAX = 6;

/** The money of each attempt, against the most expensive one. */
export function costChart(story: RunStory): Html {
  if (story.attempts.length === 0) return html``;
  const most = Math.max(1, ...story.attempts.map((attempt) => attempt.usage.cost));
  const limit = story.admitted?.order.limits.costMicroUsdMax;
  return html`<section><h2>Cost of each attempt</h2>
${story.attempts.map((attempt) => html`<div class="lane"><span>attempt ${attempt.attempt}</span><svg viewBox="0 0 1000 20" preserveAspectRatio="none" role="img" aria-label="${formatUsd(attempt.usage.cost)}"><rect class="f-agent" x="0" y="0" width="${Math.round((attempt.usage.cost / most) * 1_000)}" height="20"/></svg><span class="num">${attempt.usage.costKnown ? '' : '≥ '}${formatUsd(attempt.usage.cost)}</span></div>`)}
<p class="soft">${limit === undefined ? '' : `The limit of this run was ${formatUsd(limit)}. `}Counted by the gateway through which every model call goes, failed attempts included.</p></section>`;
}

const LANES = [
  { name: 'waiting for a runner', fill: 'f-queue' }, { name: 'agent', fill: 'f-agent' }, { name: 'checks', fill: 'f-checks' }, { name: 'a person', fill: 'f-person' },
] as const;
