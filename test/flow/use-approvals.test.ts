import { describe, expect, it } from '@jest/globals';
import { approvalClaim, giveApprovalsBack, useApprovals } from '../../src/flow/use-approvals.js';
import { settledRow } from '../../src/flow/ledger/settle.js';
import { stopAdmission } from '../../src/flow/admit/stop-admission.js';
import { fold } from '../../src/flow/evolve.js';
import type { Context } from '../../src/flow/context.js';
import { digestOf } from '../../src/domain/digest.js';
import { Booking, NO_UNITS } from '../../src/domain/booking.js';
import { Instant, RunId } from '../../src/domain/ids.js';
import type { Order } from '../../src/domain/order.js';
import { ok } from '../../src/kit/result.js';
import { deliveredAfterOneRepair } from '../fixtures/run-events.js';
import { ASKED_FOR_MONEY, person, place } from './acts/waiting-place.js';

const MARK = digestOf('the label, put on once');
const AT = Instant.parse('2026-03-02T10:00:00.000Z');

/** Claims that can be made and never taken from another run, and none that run out here. */
function claims(): { readonly held: Map<string, string>; readonly port: Context['ports']['claims'] } {
  const held = new Map<string, string>();
  const port = {
    claim: async (name: string, claim: { readonly run: RunId; readonly holder: string; readonly expiresAt: Instant }) => {
      const by = held.get(name);
      if (by !== undefined && by !== claim.run) return Promise.resolve(ok({ kind: 'held' as const, by: { ...claim, run: RunId.parse(by) } }));
      held.set(name, claim.run);
      return Promise.resolve(ok({ kind: 'taken' as const }));
    },
    release: async (name: string, run: string) => {
      if (held.get(name) === run) held.delete(name);
      return Promise.resolve(ok(undefined));
    },
  };
  return { held, port: port as unknown as Context['ports']['claims'] };
}

function order(run: string, marks: readonly (typeof MARK | undefined)[] = [MARK]): Order {
  return { run, approval: { digest: digestOf('ticket'), acts: marks.map((mark) => ({ way: 'label', by: person('will'), at: AT, ...(mark === undefined ? {} : { mark }) })) } } as unknown as Order;
}

async function withClaims(port: Context['ports']['claims']): Promise<Context> {
  const { context } = await place([]);
  return { ...context, ports: { ...context.ports, claims: port } };
}

describe('an approval is good for one change', () => {
  it('a second run is refused, in words that name who and which run; the first may repeat it after a crash', async () => {
    const { held, port } = claims();
    const context = await withClaims(port);
    expect(await useApprovals(context, order('aaaaaaaaaaaaaaaa'))).toEqual(ok(undefined));
    expect(await useApprovals(context, order('aaaaaaaaaaaaaaaa'))).toEqual(ok(undefined));
    expect(await useApprovals(context, order('bbbbbbbbbbbbbbbb'))).toEqual(ok(expect.stringMatching(/approval of will was used by run aaaaaaaaaaaaaaaa/)));
    expect([...held]).toEqual([[approvalClaim(MARK), 'aaaaaaaaaaaaaaaa']]);
  });

  it('of two at the same moment one gets it', async () => {
    const context = await withClaims(claims().port);
    const answers = await Promise.all(['aaaaaaaaaaaaaaaa', 'bbbbbbbbbbbbbbbb'].map(async (run) => useApprovals(context, order(run))));
    expect(answers.filter((answer) => answer.ok && answer.value === undefined)).toHaveLength(1);
  });

  it('a run that ended without a change gives back its own and nobody else\'s', async () => {
    const { held, port } = claims();
    const context = await withClaims(port);
    await useApprovals(context, order('aaaaaaaaaaaaaaaa'));
    await giveApprovalsBack(context, order('bbbbbbbbbbbbbbbb'));
    expect(held.size).toBe(1);
    await giveApprovalsBack(context, order('aaaaaaaaaaaaaaaa'));
    expect(await useApprovals(context, order('bbbbbbbbbbbbbbbb'))).toEqual(ok(undefined));
  });

  it('an act that cannot be met again needs no claim', async () => {
    const { held, port } = claims();
    expect(await useApprovals(await withClaims(port), order('aaaaaaaaaaaaaaaa', [undefined]))).toEqual(ok(undefined));
    expect(held.size).toBe(0);
  });

  it('the row of the ledger carries the marks, so that admission of the next run knows', () => {
    const events = deliveredAfterOneRepair().map((event) => (event.fact.type !== 'admitted' ? event : { ...event, fact: { ...event.fact, order: { ...event.fact.order, approval: order('x').approval } } }));
    const state = fold(events as typeof events & ReturnType<typeof deliveredAfterOneRepair>);
    const first = events[0];
    if (!state.ok || first?.fact.type !== 'requested') throw new Error('the fixture is delivered');
    const row = Booking.parse({
      version: 1, run: first.run, ticket: first.fact.request.ticket, repository: 'acme/shop', target: '', at: AT, changedAt: AT, requestedBy: person('maria'), labels: [], owners: [], holder: 'h',
      state: 'running', reserved: NO_UNITS, spent: NO_UNITS, expiresAt: AT, scope: [],
    });
    const settled = settledRow({ events: events as ReturnType<typeof deliveredAfterOneRepair>, state: state.value }, { row, now: AT, lines: { bytes: new Uint8Array(), head: digestOf('head') } as Parameters<typeof settledRow>[1]['lines'] });
    expect([settled.outcome, settled.approvals]).toEqual(['delivered', [MARK]]);
    expect(() => Booking.parse(settled)).not.toThrow();
  });
});

describe('a refusal at a ticket', () => {
  it('whose change is open, after a label: the note of the delivery is the answer', async () => {
    const at = await place(ASKED_FOR_MONEY.slice(0, 1));
    at.notes.set('heddle-ticket', 'A draft change is ready for review');
    const stop = { kind: 'decline' as const, code: 'change-open' as const, verdict: { effect: 'deny' as const, tree: { rule: 'admission', effect: 'deny' as const, words: 'w' } }, known: { changeUrl: 'https://github.example/acme/shop/pull/57' } };
    const request = { ...at.say('will', { name: 'run' }), trigger: { kind: 'labeled' as const, label: 'heddle' } };
    expect(await stopAdmission(at.context, stop, { latest: request, claimed: false })).toEqual(ok(undefined));
    expect([[...at.notes], at.trail.state.kind]).toEqual([[['heddle-ticket', 'A draft change is ready for review']], 'declined']);
  });

  for (const [name, changeUrl, marker] of [['whose change is open leaves the note of the delivery as it is', 'https://github.example/acme/shop/pull/57', 'heddle-command'], ['without a change is the one note', undefined, 'heddle-ticket']] as const) {
    it(name, async () => {
      const at = await place(ASKED_FOR_MONEY.slice(0, 1));
      at.notes.set('heddle-ticket', 'A draft change is ready for review');
      const request = at.say('will', { name: 'run' });
      const stop = { kind: 'decline' as const, code: 'change-open' as const, verdict: { effect: 'deny' as const, tree: { rule: 'admission', effect: 'deny' as const, words: 'w' } }, known: changeUrl === undefined ? {} : { changeUrl } };
      expect(await stopAdmission(at.context, stop, { latest: request, claimed: false })).toEqual(ok(undefined));
      expect(at.notes.get(marker)).toContain('Heddle did not start');
      expect(at.notes.get('heddle-ticket')?.startsWith('A draft change')).toBe(changeUrl !== undefined);
      expect(at.trail.state.kind).toBe('declined');
    });
  }

  it.each([
    ['a label: who wants new work is answered beside the note', { kind: 'labeled', label: 'heddle' }, true], ['an edit: nobody asked anything', { kind: 'edited' }, false],
  ] as const)('whose change was merged or closed, after %s', async (_, trigger, answered) => {
    const at = await place(ASKED_FOR_MONEY.slice(0, 1));
    at.notes.set('heddle-ticket', 'A draft change is ready for review');
    const stop = { kind: 'decline' as const, code: 'approval-used' as const, verdict: { effect: 'deny' as const, tree: { rule: 'admission', effect: 'deny' as const, words: 'w' } }, known: { delivered: 'https://github.example/acme/shop/pull/57' } };
    const request = { ...at.say('will', { name: 'run' }), trigger };
    expect(await stopAdmission(at.context, stop, { latest: request, claimed: false })).toEqual(ok(undefined));
    expect([at.notes.get('heddle-ticket'), at.notes.has('heddle-command')]).toEqual(['A draft change is ready for review', answered]);
  });
});
