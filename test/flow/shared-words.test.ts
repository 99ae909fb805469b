import { describe, expect, it } from '@jest/globals';
import type { RuleAnswer } from '../../src/admission/rule.js';
import { declineWords } from '../../src/admission/words.js';
import { waitingNote } from '../../src/delivery/notes.js';
import type { Fault } from '../../src/domain/fault.js';
import { Instant } from '../../src/domain/ids.js';
import { untrusted } from '../../src/domain/text.js';
import type { Ticket } from '../../src/domain/ticket.js';
import { withSharedWords } from '../../src/flow/admit/shared-words.js';
import type { Context } from '../../src/flow/context.js';
import { takeSnapshot } from '../../src/intake/snapshot.js';
import { withoutContents } from '../../src/ledger/without-contents.js';
import { err, ok, type Result } from '../../src/kit/result.js';
import { person, place } from './acts/waiting-place.js';

const NOW = Instant.parse('2026-03-02T10:00:00.000Z');
const FORBIDDEN: Fault = { code: 'forbidden', side: 'setup', retryable: false, source: 'test', message: 'no' };
const ticket = (key: string, title: string, body: string): Ticket => ({
  ref: { tracker: 'github', key }, url: undefined, title: untrusted(title), body: untrusted(body), criteria: [], labels: [], state: 'open', author: person('aron'), createdAt: NOW, updatedAt: NOW, contentEditedAt: null, events: [], comments: [],
});
const OWN = ticket('acme/shop#12', 'Invoice rounding is wrong', 'The invoice cuts the total off. Ask @mallory about receipts.');
const OTHER = ticket('acme/shop#7', 'Rounding of an invoice', 'The total of the invoice is cut off, says @mallory. <!-- hidden: password --> Warehouse.');
const HELD: RuleAnswer = { node: { rule: 'near-duplicate', effect: 'hold', words: 'nearly the same', values: { ticket: 'acme/shop#7', score: '0.80' } }, asks: 'overlap' };
const ALLOWED: RuleAnswer = { node: { rule: 'caps', effect: 'allow', words: 'room' } };

async function shown(rules: readonly RuleAnswer[], fetched: Result<Ticket, Fault>, own = OWN): Promise<{ readonly answer: Awaited<ReturnType<typeof withSharedWords>>; readonly asked: number }> {
  const { context } = await place([]);
  let asked = 0;
  const tracker = { ...context.ports.tracker, fetch: async () => { asked += 1; return Promise.resolve(fetched); } };
  const snapshot = takeSnapshot(own, { charsMax: 60_000, now: NOW });
  const answer = await withSharedWords({ ...context, settings: { ...context.settings, limits: { ticketCharsMax: 60_000 } }, ports: { ...context.ports, tracker } } as unknown as Context, { ticket: own, snapshot }, rules);
  return { answer, asked };
}

describe('words that a near duplicate shares', () => {
  it('are shown at the ticket, in the question and in the refusal, and are not in the ledger', async () => {
    const { answer } = await shown([ALLOWED, HELD], ok(OTHER));
    const [, held] = answer.rules;
    expect(held?.node.values?.['shared']).toEqual(expect.arrayContaining(['invoice', 'round', 'total', 'mallory']));
    expect(held?.node.values?.['shared']).not.toContain('warehouse');
    const why = { effect: 'hold' as const, tree: { rule: 'admission', effect: 'hold' as const, words: 'w', children: [held?.node ?? HELD.node] } };
    const note = waitingNote({ question: 'q', why, asks: 'overlap' }, { run: 'r' });
    expect(note).toMatch(/Words that both tickets have:.*`invoice`/);
    expect(declineWords('near-duplicate', { twin: answer.twin })).toMatch(/acme\/shop#7.*Words that both have: .*`invoice`/s);
    const bare = JSON.stringify(withoutContents({ type: 'human-asked', question: 'q', why, asks: 'overlap', expiresAt: NOW }));
    expect(bare).toContain('acme/shop#7');
    expect(bare).not.toContain('invoice');
  });

  it('are not asked for when nothing holds, and not shown when the other ticket cannot be read', async () => {
    expect(await shown([ALLOWED], ok(OTHER))).toEqual({ answer: { rules: [ALLOWED] }, asked: 0 });
    expect((await shown([HELD], err(FORBIDDEN))).answer).toEqual({ rules: [HELD], twin: { ticket: 'acme/shop#7', score: '0.80', shared: [] } });
  });

  it('of a ticket that fewer people may read are not told to those who read this one', async () => {
    expect((await shown([HELD], ok({ ...OTHER, restricted: true }))).answer.rules).toEqual([HELD]);
    expect((await shown([HELD], ok({ ...OTHER, restricted: true }), { ...OWN, restricted: true })).answer.rules[0]?.node.values?.['shared']).toContain('invoice');
  });
});
