import { z } from 'zod';
import { loadConfiguration } from '../../../src/config/load.js';
import { RunFact } from '../../../src/flow/event.js';
import type { Context } from '../../../src/flow/context.js';
import { newTrail, type Trail } from '../../../src/flow/trail.js';
import { Actor, type Permission } from '../../../src/domain/actor.js';
import { Instant, RunId } from '../../../src/domain/ids.js';
import type { RunRequest } from '../../../src/domain/request.js';
import type { SlashCommand } from '../../../src/domain/slash-command.js';
import { untrusted } from '../../../src/domain/text.js';
import type { Ticket } from '../../../src/domain/ticket.js';
import { err, ok } from '../../../src/kit/result.js';
import { RUN, unchained, waitingRun } from '../../fixtures/run-events.js';

/** A run that waits, over a tracker and a forge in memory: the trail, the answers, the claims that were given back. */
export interface Place {
  readonly context: Context;
  readonly trail: Trail;
  readonly notes: Map<string, string>;
  readonly released: string[];
  readonly facts: () => readonly RunFact[];
  readonly say: (login: string, command: SlashCommand) => RunRequest & { readonly trigger: { readonly kind: 'command' } };
  readonly edit: (id: string) => void;
}

export const AT = '2026-03-02T10:00:00.000Z';
const RIGHTS: Readonly<Record<string, Permission>> = { mona: 'maintain', will: 'write', tess: 'triage', rita: 'read', maria: 'write', aron: 'write' };

export const person = (login: string): Actor => Actor.parse({ login, id: `id-${login}`, kind: 'human' });

type Input = z.input<typeof RunFact>;

/** Admission holds a run: a budget, and below it the pot. */
export const ASKED_FOR_MONEY: readonly Input[] = [
  { type: 'requested', request: { trigger: { kind: 'labeled', label: 'heddle' }, ticket: { tracker: 'github', key: 'acme/shop#12' }, actor: person('maria'), fromFork: false, at: AT } },
  {
    type: 'human-asked', question: 'no room', asks: 'budget', expiresAt: '2026-03-09T10:00:00.000Z',
    why: { effect: 'hold', tree: { rule: 'admission', effect: 'hold', words: 'w', children: [
      { rule: 'approved', effect: 'hold', words: 'nobody', children: [{ rule: 'approval', effect: 'hold', words: 'nobody' }] },
      { rule: 'ticket-open', effect: 'allow', words: 'open' },
      { rule: 'budget', effect: 'hold', words: 'no room', children: [{ rule: 'budget:pilot', effect: 'hold', words: 'full' }, { rule: 'budget:day', effect: 'allow', words: 'room' }] },
    ] } },
  },
];
export const HELD_CHANGE: readonly Input[] = unchained(waitingRun()).map(([, fact]) => fact);

export async function place(facts: readonly Input[], yaml = '', now = AT): Promise<Place> {
  let text = '';
  const loaded = loadConfiguration({ text: yaml, file: '.heddle.yml' });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const clock = { now: () => Instant.parse(now), monotonicMs: () => 0 };
  const store = {
    read: async () => Promise.resolve(Buffer.from(text)), truncate: async () => Promise.resolve(),
    append: async (lines: string) => { text += lines; return Promise.resolve(); },
  };
  const trail = newTrail({ run: RunId.parse(RUN), store, clock, onEvent: () => undefined, redact: (said) => said });
  for (const fact of facts) await trail.append(RunFact.parse(fact));
  const notes = new Map<string, string>();
  const released: string[] = [];
  const comments = new Map<string, { author: Actor; updatedAt: Instant }>();
  const ticket = (): Ticket => ({
    ref: { tracker: 'github', key: 'acme/shop#12' }, url: undefined, title: untrusted('t'), body: untrusted('b'), criteria: [], labels: [], state: 'open', author: person('aron'),
    createdAt: Instant.parse(AT), updatedAt: Instant.parse(AT), contentEditedAt: null, events: [],
    comments: [...comments].map(([id, { author, updatedAt }]) => ({ id, author, body: untrusted('/heddle'), createdAt: Instant.parse(AT), updatedAt })),
  });
  const away = { code: 'unreachable' as const, side: 'theirs' as const, retryable: true, source: 'test', message: 'away' };
  const ports = {
    clock, redactor: { text: (said: string) => said },
    tracker: {
      id: 'github', capabilities: { history: true, editTime: true, comments: true }, fetch: async () => Promise.resolve(ok(ticket())),
      upsertComment: async (_: unknown, marker: string, markdown: string) => { notes.set(marker, markdown); return Promise.resolve(ok(undefined)); },
    },
    reader: { id: 'github', permissionOf: async (login: string) => Promise.resolve(login === 'ghost' ? err(away) : ok(RIGHTS[login] ?? 'none')) },
    claims: { release: async (name: string) => { released.push(name); return Promise.resolve(ok(undefined)); } },
    evidence: { writeText: async () => Promise.resolve(), writeJson: async () => Promise.resolve(), readText: async () => Promise.resolve(undefined), list: async () => Promise.resolve([]) },
  };
  const context = { ports, settings: { config: loaded.value.config, dryRun: false, phase: undefined, evidenceUrl: undefined, repository: 'acme/shop' }, trail, early: {}, signal: new AbortController().signal } as unknown as Context;
  return {
    context, trail, notes, released, facts: () => trail.events.map(({ fact }) => fact),
    say: (login, command) => {
      const id = `c${comments.size}`;
      comments.set(id, { author: person(login), updatedAt: Instant.parse(AT) });
      return { trigger: { kind: 'command', commentId: id, place: { kind: 'ticket' }, command }, ticket: { tracker: 'github', key: 'acme/shop#12' }, actor: person(login), fromFork: false, at: Instant.parse(AT) };
    },
    edit: (id) => { const one = comments.get(id); if (one !== undefined) one.updatedAt = Instant.parse('2026-03-02T10:00:05.000Z'); },
  };
}
