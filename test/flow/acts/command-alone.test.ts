import { describe, expect, it } from '@jest/globals';
import { RunId } from '../../../src/domain/ids.js';
import type { RunRequest, Trigger } from '../../../src/domain/request.js';
import type { SlashCommand } from '../../../src/domain/slash-command.js';
import type { Seen } from '../../../src/flow/admit/look.js';
import { commandAlone } from '../../../src/flow/acts/command-alone.js';
import type { Context } from '../../../src/flow/context.js';
import { chainLine } from '../../../src/ledger/chain.js';
import { ledgerLines } from '../../../src/ledger/ledger-entry.js';
import { err, ok } from '../../../src/kit/result.js';
import type { Ledger } from '../../../src/ports/ledger.js';
import { at as instant, row } from '../../contract/ledger-contract.js';
import { deliveredAfterOneRepair } from '../../fixtures/run-events.js';
import { ASKED_FOR_MONEY, place, type Place } from './waiting-place.js';

/** A run that a comment began, before anything was judged. */
async function begun(login: string, trigger: (at: Place) => Trigger, more: Partial<RunRequest> = {}, ledger?: Ledger): Promise<{ readonly at: Place; come(): Promise<Awaited<ReturnType<typeof commandAlone>>> }> {
  const first = ASKED_FOR_MONEY[0];
  if (first?.type !== 'requested') throw new Error('a run begins with a request');
  const prepared = await place([]);
  const { actor } = prepared.say(login, { name: 'run' });
  const request = { ...first.request, ...more, actor, trigger: trigger(prepared) } as RunRequest;
  await prepared.trail.append({ type: 'requested', request });
  const context: Context = { ...prepared.context, ports: { ...prepared.context.ports, ...(ledger === undefined ? {} : { ledger }) } };
  return {
    at: prepared,
    come: async () => {
      const { state } = prepared.trail;
      if (state.kind !== 'requested') throw new Error(`the run is ${state.kind}`);
      const ticket = await prepared.context.ports.tracker.fetch(request.ticket);
      if (!ticket.ok) throw new Error(ticket.error.message);
      return commandAlone(context, { state, ticket: ticket.value } as Seen);
    },
  };
}

const commanded = (command: SlashCommand) => (): Trigger => ({ kind: 'command', commentId: 'c0', place: { kind: 'ticket' }, command });
const declined = (at: Place): unknown => at.facts().flatMap((fact) => (fact.type === 'declined' ? [fact.code] : []));
const uses = (at: Place): unknown => at.facts().flatMap((fact) => (fact.type === 'command-used' ? [[fact.command, fact.allowed]] : []));

describe('a command when no run of the ticket waits', () => {
  it.each<SlashCommand>([{ name: 'run' }, { name: 'retry' }, { name: 'approve', digest: 'a'.repeat(16) }])('$name goes on to admission, once recorded', async (command) => {
    const { at, come } = await begun('will', commanded(command));
    expect(await come()).toMatchObject({ ok: true, value: { kind: 'on' } });
    // After a crash the use is not recorded again.
    expect(await come()).toMatchObject({ ok: true, value: { kind: 'on' } });
    expect([uses(at), declined(at), at.notes.size]).toEqual([[[command.name, true]], [], 0]);
  });

  it.each<readonly [SlashCommand, string]>([
    [{ name: 'continue' }, 'nothing-to-do'], [{ name: 'override', rule: 'budget', reason: 'the pilot ends' }, 'nothing-to-do'],
    [{ name: 'stop' }, 'command-done'], [{ name: 'deny' }, 'command-done'], [{ name: 'explain' }, 'command-done'],
  ])('%o ends with an answer of its own: %s', async (command, code) => {
    const { at, come } = await begun('mona', commanded(command));
    expect(await come()).toEqual(ok({ kind: 'ended' }));
    expect([uses(at), declined(at), [...at.notes.keys()], at.trail.state.kind]).toEqual([[[command.name, true]], [code], ['heddle-command'], 'declined']);
  });

  it.each<readonly [string, string, SlashCommand, Partial<RunRequest>, string]>([
    ['a reader', 'rita', { name: 'run' }, {}, 'command-not-allowed'], ['triage, who may not lift rules', 'tess', { name: 'override', rule: 'budget', reason: 'please' }, {}, 'command-not-allowed'],
    ['a fork', 'mona', { name: 'run' }, { fromFork: true }, 'command-not-allowed'], ['an account that the forge is silent about', 'ghost', { name: 'run' }, {}, 'permission-unknown'],
  ])('of %s is refused and recorded', async (_, login, command, more, code) => {
    const { at, come } = await begun(login, commanded(command), more);
    expect(await come()).toEqual(ok({ kind: 'ended' }));
    expect([uses(at), declined(at)]).toEqual([[[command.name, false]], [code]]);
    expect(at.notes.get('heddle-command')).toContain('It was not followed');
  });

  it('that was edited since is none', async () => {
    const { at, come } = await begun('mona', commanded({ name: 'run' }));
    at.edit('c0');
    expect(await come()).toEqual(ok({ kind: 'ended' }));
    expect([uses(at), declined(at)]).toEqual([[['run', false]], ['command-not-allowed']]);
  });

  it('that cannot be read says how it is written, and asks nobody', async () => {
    const { at, come } = await begun('rita', () => ({ kind: 'misread', commentId: 'c0', place: { kind: 'ticket' }, problem: 'missing-argument', word: 'override' }));
    expect(await come()).toEqual(ok({ kind: 'ended' }));
    expect([uses(at), declined(at), at.notes.get('heddle-command')]).toEqual([[['misread', false]], ['command-misread'], expect.stringContaining('Nothing was done')]);
  });

  it('is passed by for a run that a label began', async () => {
    const { at, come } = await begun('will', () => ({ kind: 'labeled', label: 'heddle' }));
    expect(await come()).toMatchObject({ ok: true, value: { kind: 'on' } });
    expect(at.facts()).toHaveLength(1);
  });
});

describe('/heddle explain when no run waits', () => {
  const events = deliveredAfterOneRepair({ title: 'FOREIGN-title', body: 'FOREIGN-body' }).map((event) => ({ ...event, run: RunId.parse('lastrun0lastrun0') }));
  const lines = ledgerLines(events, events.map((event) => chainLine(event).hash))?.bytes ?? new Uint8Array();
  const ledgerOf = (kept: Uint8Array): Ledger => ({
    id: 'test', writable: true, book: () => { throw new Error('explaining writes nothing'); }, keep: () => { throw new Error('explaining writes nothing'); },
    read: async () => Promise.resolve(ok({ rows: [row('older000', { ticket: { tracker: 'github', key: 'acme/shop#12' }, at: instant(-60) }), row(events[0]?.run ?? '', { ticket: { tracker: 'github', key: 'ACME/Shop#12' } }), row('other000', { ticket: { tracker: 'github', key: 'acme/shop#13' } })], damage: [] })),
    linesOf: async (run) => Promise.resolve(run === events[0]?.run ? ok(kept) : err({ code: 'not-found', side: 'setup', retryable: false, source: 'test', message: 'none' })),
  });

  it('tells the story of the last one from the ledger, without contents', async () => {
    const { at, come } = await begun('tess', commanded({ name: 'explain' }), {}, ledgerOf(lines));
    expect(await come()).toEqual(ok({ kind: 'ended' }));
    const note = at.notes.get('heddle-command') ?? '';
    expect(note).toContain(`Run ${events[0]?.run ?? ''}: delivered`);
    expect(note).toContain('Delivered as change');
    expect(note).not.toContain('FOREIGN');
  });

  it.each([['broken', Buffer.concat([lines.subarray(0, 40), Buffer.from('x'), lines.subarray(41)])], ['not there', undefined]] as const)('says only that none waits when the lines are %s', async (_, kept) => {
    const { at, come } = await begun('tess', commanded({ name: 'explain' }), {}, kept === undefined ? undefined : ledgerOf(kept));
    expect(await come()).toEqual(ok({ kind: 'ended' }));
    expect(at.notes.get('heddle-command')).toContain('What the last run did stands in the note of Heddle');
  });
});
