import { describe, expect, it } from '@jest/globals';
import { explain, ExplainDocument, type KnownRun } from '../../src/explain/explanation.js';
import { allReasons, reasonOf } from '../../src/explain/reasons.js';
import { renderExplanation } from '../../src/explain/render-explanation.js';
import { toldOf } from '../../src/explain/told.js';
import { DeclineCode, ExhaustionReason } from '../../src/domain/stop-reason.js';
import { WaitKind } from '../../src/domain/grant.js';
import type { RunEvent } from '../../src/flow/event.js';
import { withoutContents } from '../../src/ledger/without-contents.js';
import { declinedRun, deliveredAfterOneRepair, exhaustedRun, faultedRun, waitingRun } from '../fixtures/run-events.js';

const known = (events: readonly RunEvent[]): KnownRun => ({ run: events[0]?.run ?? '', source: 'ledger', entries: events.map((event) => ({ at: event.at, fact: withoutContents(event.fact) })) });
const text = (events: readonly RunEvent[]): string => renderExplanation(explain([known(events)], {}));

describe('what a run is told as', () => {
  it.each<[string, () => readonly RunEvent[], readonly string[]]>([
    ['declined', declinedRun, ['not started (', '  why   ', '  who   ', '  next  ', 'The last decision:']],
    ['waiting', waitingRun, ['waits for a person (delivery)', 'HOLD hold-paths: package.json is a path for which a person must say yes']],
    ['stopped', exhaustedRun, ['stopped (repeated-findings)', 'why   two attempts ended with the same findings']],
    ['failed', faultedRun, ['failed (', 'during publish']],
    ['delivered', deliveredAfterOneRepair, [': delivered\n', 'Delivered as change 57: https://github.example/acme/shop/pull/57.', 'Attempt 2 began']],
  ])('%s', (_what, run, says) => {
    for (const words of says) expect(text(run())).toContain(words);
  });

  it('the ledger\'s facts tell the same as the trail\'s', () => {
    for (const run of [declinedRun(), waitingRun(), exhaustedRun(), faultedRun(), deliveredAfterOneRepair()]) {
      const fromTrail = run.flatMap((event) => toldOf(event.fact)?.text ?? []);
      expect(run.flatMap((event) => toldOf(withoutContents(event.fact))?.text ?? [])).toEqual(fromTrail);
      expect(fromTrail.length).toBeGreaterThan(1);
    }
  });

  it('an entry of another version is said to be one, and hides no other', () => {
    const entries = [{ at: '2026-03-01T12:00:00.000Z', fact: { type: 'requested', request: 7 } }, { at: '2026-03-01T12:00:01.000Z', fact: { type: 'invented-later' } }, { at: '2026-03-01T12:00:02.000Z', fact: { type: 'declined', code: 'a-code-of-tomorrow' } }];
    const document = explain([{ run: '00000000aaaaaaaa', source: 'ledger', entries }], {});
    expect(document.runs[0]?.timeline.map((one) => one.text)).toEqual(['requested: not as this version writes it.', 'Not started, `a-code-of-tomorrow`: no words for this code in this version']);
    expect(document.runs[0]?.standing).toBe('not started');
  });

  it('foreign words stay on their line and start no command of a log or terminal', () => {
    const fact = { type: 'cancelled', by: 'eve\n::error::gone\u001b[31m\r\nRun x: delivered' };
    const shown = renderExplanation(explain([{ run: '00000000aaaaaaaa', source: 'ledger', entries: [{ at: '2026-03-01T12:00:00.000Z', fact }] }], {}));
    expect(shown.split('\n').filter((line) => line.includes('eve'))).toHaveLength(1);
    expect(shown).not.toMatch(/^::|\u001b|^Run x/m);
  });

  it('runs of one ticket stand in the order in which they began, and the document keeps its form', () => {
    const first = known(declinedRun());
    const later: KnownRun = { ...known(waitingRun()), run: '00000000bbbbbbbb', entries: known(waitingRun()).entries.map(({ fact }) => ({ at: '2031-01-01T00:00:00.000Z', fact })) };
    const document = explain([later, first], { ticket: { tracker: 'github', key: 'acme/shop#12' } });
    expect(document.runs.map((run) => run.run)).toEqual([first.run, later.run]);
    expect(ExplainDocument.parse(JSON.parse(JSON.stringify(document)))).toEqual(document);
  });
});

describe('the reasons', () => {
  it('each closed code has one, with why, who and next', () => {
    const reasons = allReasons();
    expect(new Set(reasons.map((reason) => `${reason.kind} ${reason.code}`)).size).toBe(reasons.length);
    for (const code of DeclineCode.options) expect(reasonOf('decline', code)?.why).toMatch(/\S/);
    for (const code of ExhaustionReason.options) expect(reasonOf('exhaustion', code)?.next).toMatch(/\S/);
    for (const code of WaitKind.options) expect(reasonOf('wait', code)?.who).toMatch(/\S/);
    for (const { why, who, next } of reasons) expect([why, who, next].filter((words) => words.trim() === '' || words.includes('undefined'))).toEqual([]);
  });
});
