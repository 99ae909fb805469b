import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CostDocument, costDocument } from '../../src/report/cost-document.js';
import { liveLine } from '../../src/report/live-line.js';
import { renderReportHtml } from '../../src/report/report-html.js';
import { busyMs, ownSpans, storyOf } from '../../src/report/run-story.js';
import { renderSummary } from '../../src/report/summary.js';
import type { RunEvent } from '../../src/flow/event.js';
import { declinedRun, deliveredAfterOneRepair, exhaustedRun, faultedRun, waitingRun } from '../fixtures/run-events.js';
import { activeParts, hostileText } from '../packet/oracle.js';

const RUNS: readonly [string, RunEvent[], string][] = [
  ['delivered', deliveredAfterOneRepair(), '## ✅ Delivered: [draft change 57](https://github.example/acme/shop/pull/57)'],
  ['declined', declinedRun(), '## ❌ Declined: actor may not write'],
  ['exhausted', exhaustedRun(), '## ❌ Stopped: two attempts ended with the same findings'],
  ['faulted', faultedRun(), '## ❌ Failed: unreachable during publish'],
  ['waiting', waitingRun(), '## ⏳ Waiting: for a person to say yes or no'],
  ['interrupted', deliveredAfterOneRepair().slice(0, 12), '## ⏳ Unfinished: the last event is agent-reported'],
  ['empty', [], '## ⏳ Nothing happened: the trail has no events'],
];
const OURS = ['https://github.example/acme/shop/issues/12', 'https://github.example/acme/shop/pull/57', 'https://github.example/acme/shop/actions/runs/4711'];
const hostile = hostileText().map((text) => text.replace(/\p{Cs}/gu, ''));

function withWords(text: string): RunEvent[] {
  return deliveredAfterOneRepair({ title: text, summary: text, criterion: text, finding: text, path: text === '' ? 'x' : text, agent: text, model: text });
}

describe('renderSummary', () => {
  it.each(RUNS)('says in its first line how a run stands: %s', (_, events, first) => {
    expect(renderSummary(events).split('\n')[0]).toBe(first);
  });

  it('shows checks, attempts, cost and time', () => {
    const page = renderSummary(deliveredAfterOneRepair(), { title: 'Nightly', links: [{ label: 'evidence', url: 'https://x.example/e' }, { label: 'bad', url: 'javascript:1' }] });
    expect(page).toContain('| `unit` | ✅ passed, 9.0 s | ❌ failed (exit 1), 9.0 s | ✅ passed, 9.0 s | `npm test` |');
    expect(page).toContain('| Cost | $0.0601 of $5.0000 |');
    expect(page).toMatch(/^agent {16}·+█+·+█+·+ 1 min 30 s$/m);
    expect(page).toContain('_Nightly_');
    expect(page).toContain('[evidence](https://x.example/e)');
    expect(page).not.toContain('javascript');
  });

  it('says what to do next when nothing was delivered', () => {
    expect(renderSummary(exhaustedRun())).toContain('**Next:** The agent does not get past these findings');
    expect(renderSummary(exhaustedRun())).toContain('The best candidate is kept in the evidence');
    expect(renderSummary(declinedRun())).not.toContain('is kept in the evidence');
  });

  it('keeps foreign text harmless and the bound in bytes (property)', () => {
    fc.assert(fc.property(hostile, fc.integer({ min: 300, max: 6_000 }), (text, bytesMax) => {
      const page = renderSummary(withWords(text), { bytesMax });
      expect(Buffer.byteLength(page)).toBeLessThanOrEqual(bytesMax);
      // The picture of times is the one fence of our own outside of a quote.
      const lines = renderSummary(withWords(text)).split('\n').filter((line) => !/^```|^[a-zA-Z ]{20,21}[·█]+ /.test(line));
      expect(activeParts(lines.join('\n'), OURS)).toEqual([]);
    }), { numRuns: 300 });
  });
});

describe('renderReportHtml', () => {
  it.each(RUNS)('is one page without script or request: %s', (_, events) => {
    const page = renderReportHtml(events);
    expect(page).not.toMatch(/<script|<img|<link|<iframe|\son\w+=|\sstyle=|url\(|@import|\ssrc=/i);
    const style = /<style>([\s\S]*)<\/style>/.exec(page)?.[1] ?? '';
    expect(page).toContain(`style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`);
    expect(page).toContain("default-src 'none'");
  });

  it('draws the run', () => {
    const page = renderReportHtml(deliveredAfterOneRepair());
    expect(page).toContain('<title>unit on attempt 1: failed, 9.0 s</title>');
    expect(page).toContain('aria-label="agent: 1 min 30 s"');
    expect(page).toContain('<a href="https://github.example/acme/shop/pull/57" rel="noreferrer noopener">draft change 57 on');
  });

  it('escapes every foreign word (property)', () => {
    const tags = (page: string): string[] => [...page.matchAll(/<\/?[a-z!][^\s/>]*/gi)].map((match) => match[0]).sort();
    const plainTags = tags(renderReportHtml(withWords('word')));
    fc.assert(fc.property(hostile, (text) => {
      expect(tags(renderReportHtml(withWords(text)))).toEqual(plainTags);
    }), { numRuns: 300 });
  });
});

describe('costDocument', () => {
  it('counts failed attempts, and is a document of its schema in every state', () => {
    const document = costDocument(exhaustedRun());
    expect(document).toMatchObject({ outcome: 'exhausted', total: { costUsd: 0.1012 }, limitUsd: 5, changedLines: 22, costPerChangedLineUsd: 0.0046, attempts: [{ costUsd: 0.0412 }, { costUsd: 0.06, ending: 'stopped at the time limit of an attempt' }] });
    for (const [, events] of RUNS) expect(CostDocument.parse(JSON.parse(JSON.stringify(costDocument(events))))).toEqual(costDocument(events));
  });
});

describe('liveLine', () => {
  it('tells a run in lines', () => {
    expect(deliveredAfterOneRepair().map(liveLine).filter((line) => line !== undefined).slice(-6)).toEqual([
      'attempt 2: unit passed (9.0 s)',
      'attempt 2: e2e failed (exit 2) (16.0 s)',
      'attempt 2: 0 new findings, 1 fixed',
      'gates: allow',
      'sealed: review packet for tree 444444444444',
      'delivered: draft change 57 https://github.example/acme/shop/pull/57',
    ]);
  });

  it('is one line that no runner obeys, whatever was written outside (property)', () => {
    fc.assert(fc.property(hostile, (text) => {
      for (const event of [...withWords(text), ...exhaustedRun({ title: text })]) {
        const line = liveLine(event) ?? '';
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]|##\[|::|^\s/u);
      }
    }), { numRuns: 300 });
  });
});

describe('the time of a run', () => {
  it('is shared out without a gap or an overlap', () => {
    for (const [, events] of RUNS) {
      const story = storyOf(events);
      const all = [...story.spans, ...ownSpans(story)];
      expect(busyMs(ownSpans(story)) + busyMs(story.spans)).toBe(busyMs(all));
      if (story.last?.type !== 'human-asked') expect(busyMs(all)).toBe(story.wallMs);
    }
  });
});
