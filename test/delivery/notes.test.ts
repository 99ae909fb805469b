import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Instant } from '../../src/domain/ids.js';
import { noteFor, type Told } from '../../src/delivery/notes.js';
import type { RunEvent, RunFactOf } from '../../src/flow/event.js';
import { declinedRun, deliveredAfterOneRepair, exhaustedRun, faultedRun, RUN, waitingRun } from '../fixtures/run-events.js';
import { activeParts, hostileText } from '../packet/oracle.js';

const EVIDENCE = 'https://github.example/acme/shop/actions/runs/99';
const context = { run: RUN, evidenceUrl: EVIDENCE };

function note(events: readonly RunEvent[]): string {
  return noteFor(events.at(-1)?.fact as Told, context);
}

describe('the words at a ticket', () => {
  it('delivered', () => {
    expect(note(deliveredAfterOneRepair())).toBe(`**A draft change is ready for review:** [change 57](https://github.example/acme/shop/pull/57)

The checks of this repository ran on exactly this tree (\`444444444444\`). The description of the change holds the evidence and what is not proven.

Asked to review: \`maria\`, \`acme/billing\`.

The repository's own CI was started: [ci](https://github.example/acme/shop/actions/runs/4711).

Run \`${RUN}\`, [evidence](${EVIDENCE}).
`);
  });

  it('declined', () => {
    expect(note(declinedRun())).toBe(`**Heddle did not start.**

> The label was put by drive-by, who has no write permission in acme/shop. (\`actor-may-not-write\`)

Run \`${RUN}\`, [evidence](${EVIDENCE}).
`);
  });

  it('exhausted', () => {
    expect(note(exhaustedRun())).toBe(`**Heddle stopped without a change:** two attempts ended with the same findings.

> Attempts 1 and 2 failed with the same findings.

The best state so far (attempt 2, tree \`444444444444\`) is kept in the evidence as \`change.patch\` and \`bundle/change.bundle\`.

**What to do next:** The agent does not get past these findings: add what it cannot know to the ticket, or finish the change by hand from the kept patch.

Run \`${RUN}\`, [evidence](${EVIDENCE}).
`);
  });

  it('faulted', () => {
    expect(note(faultedRun())).toContain('**Heddle could not finish:** a service outside failed during `publish`.');
    expect(note(faultedRun())).toContain('**What to do next:** The same run can go on later');
  });

  it('waiting', () => {
    const [asked] = waitingRun().slice(-1);
    if (asked?.fact.type !== 'human-asked') throw new Error('the run does not wait');
    const expiresAt = Instant.parse('2026-03-05T12:00:00.000Z');
    expect(noteFor({ ...asked.fact, asks: 'delivery', expiresAt }, { ...context, approve: '4444444444444444' })).toBe(`**Heddle waits for a person.** The change is finished and proven, and a rule wants a person to look before it is opened.

> May this change touch package.json?

- \`hold-paths\`: package.json is a path for which a person must say yes

**Who:** somebody with write permission.

**How:** look at the evidence, then write a new comment with the line \`/heddle approve 4444444444444444\` (or \`/heddle deny REASON\`), or run \`heddle resume RUN --answer allow\` or \`--answer deny\`.

**Until:** \`2026-03-05T12:00:00.000Z\`. After that the run ends, and the ticket has to be asked for again.

Run \`${RUN}\`, [evidence](${EVIDENCE}).
`);
    // A trail of before there were other questions than a gate's.
    expect(note(waitingRun())).toContain('a rule wants a person to look');
  });

  it('keeps every foreign word harmless (property)', () => {
    fc.assert(fc.property(hostileText(), (text) => {
      const delivered = deliveredAfterOneRepair().at(-1)?.fact as RunFactOf<'delivered'>;
      const node = { rule: text, effect: 'hold' as const, words: text };
      const facts: Told[] = [
        { ...delivered, reviewers: [text], warnings: [text], ci: { kind: 'none', why: text }, change: { ...delivered.change, url: text } },
        { type: 'exhausted', reason: 'attempts', words: text },
        { type: 'cancelled', by: text },
        { type: 'superseded', by: text },
        { type: 'human-asked', question: text, why: { effect: 'hold', tree: node } },
        { type: 'faulted', fault: { code: 'io', side: 'ours', retryable: false, source: 'x', message: text }, during: text },
      ];
      for (const fact of facts) expect(activeParts(noteFor(fact, { run: text }).replace(/\[change 57\]\([^)\s]*\)/, ''), [])).toEqual([]);
    }), { numRuns: 500 });
  });
});
