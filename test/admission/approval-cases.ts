import { gatherAdmissionFacts, type AdmissionFacts, type AdmissionInput } from '../../src/admission/facts.js';
import { judgeAdmission } from '../../src/admission/judge.js';
import { approvalDigest, type ApprovalSubject } from '../../src/admission/approval-digest.js';
import { limitsFrom } from '../../src/admission/limits.js';
import { Configuration } from '../../src/config/configuration.js';
import type { Actor, Permission } from '../../src/domain/actor.js';
import type { Booking } from '../../src/domain/booking.js';
import { digestOfJson } from '../../src/domain/digest.js';
import type { Fault } from '../../src/domain/fault.js';
import type { Grant } from '../../src/domain/grant.js';
import { Instant } from '../../src/domain/ids.js';
import type { RunRequest } from '../../src/domain/request.js';
import { untrusted } from '../../src/domain/text.js';
import type { Ticket, TicketEvent } from '../../src/domain/ticket.js';
import { takeSnapshot } from '../../src/intake/snapshot.js';
import { ticketCommands } from '../../src/intake/ticket-commands.js';
import { err, ok } from '../../src/kit/result.js';
import type { EnvironmentReview, ForgeReader } from '../../src/ports/forge.js';

export const time = (text: string): Instant => Instant.parse(`2026-03-01T${text}.000Z`);
const ids = new Map<string, string>();
export function human(login: string): Actor {
  if (!ids.has(login)) ids.set(login, String(1000 + ids.size));
  return { login, id: ids.get(login) ?? '', kind: 'human' };
}
export const amy = human('amy');
export const bob = human('bob');
export const mallory = human('mallory');
export const bot: Actor = { login: 'helper[bot]', id: '555', kind: 'bot' };
export const outage: Fault = { code: 'service-error', side: 'theirs', retryable: true, source: 'forge/github', message: 'HTTP 503' };

export interface Case {
  readonly first?: Partial<RunRequest>;
  readonly request?: Partial<RunRequest>;
  readonly ticket?: Partial<Omit<Ticket, 'comments'>>;
  /** Author, what is said, when, and when it was edited. */
  readonly comments?: readonly { readonly id?: string; readonly by: Actor; readonly body: string; readonly at?: Instant; readonly editedAt?: Instant }[];
  readonly config?: unknown;
  readonly tracker?: AdmissionInput['tracker'];
  readonly permissions?: Readonly<Record<string, Permission | Fault>>;
  readonly teams?: Readonly<Record<string, readonly string[] | Fault>>;
  readonly reviews?: { readonly since: Instant; readonly reviews: readonly EnvironmentReview[] } | Fault;
  readonly localUser?: boolean;
  readonly now?: Instant;
  readonly paths?: readonly string[];
  readonly risk?: 'low' | 'medium' | 'high';
  readonly rows?: readonly Booking[];
  readonly grants?: readonly Grant[];
  /** Of another configuration than the one that judges, as when it changed after the approval. */
  readonly subject?: Partial<ApprovalSubject>;
  /** Whether the repository of the change is private. */
  readonly private?: boolean | Fault;
}

export const labeled = (actor: Actor, at: Instant, label = 'heddle'): TicketEvent => ({ kind: 'labeled', label, actor, at });

export function ticketOf(one: Case): Ticket {
  return {
    ref: { tracker: 'github', key: 'acme/shop#12' }, url: 'https://github.com/acme/shop/issues/12', title: untrusted('Title'), body: untrusted('Body'), criteria: [], labels: ['heddle'],
    state: 'open', author: human('rita'), createdAt: time('08:00:00'), updatedAt: time('08:00:00'), contentEditedAt: null, events: [labeled(amy, time('10:00:00'))], ...one.ticket,
    comments: (one.comments ?? []).map(({ id, by, body, at = time('10:30:00'), editedAt }, index) => ({ id: id ?? String(index + 1), author: by, body: untrusted(body), createdAt: at, updatedAt: editedAt ?? at })),
  };
}

export function subjectOf(one: Case, config: Configuration): ApprovalSubject {
  const ticket = ticketOf(one);
  return {
    snapshot: takeSnapshot(ticket, { charsMax: 65_536, now: time('11:00:00') }), repository: 'acme/shop', base: 'main', policy: digestOfJson(config), limits: limitsFrom(config),
    agent: { id: config.agent.id, model: config.agent.model }, minRung: config.sandbox.min_rung, ...one.subject,
  };
}

/** The digest that an approval of the case must name. */
export function digestOf(one: Case): string {
  const config = Configuration.parse(one.config ?? {});
  return approvalDigest(subjectOf(one, config), { startingLabel: config.trigger.label }).slice('sha256:'.length);
}

export async function factsOf(one: Case, asked: string[] = []): Promise<AdmissionFacts> {
  const ticket = ticketOf(one);
  const config = Configuration.parse(one.config ?? {});
  const base: RunRequest = { trigger: { kind: 'labeled', label: 'heddle' }, ticket: ticket.ref, actor: amy, fromFork: false, at: time('10:40:00') };
  const facts = await gatherAdmissionFacts({
    ...(one.first === undefined ? {} : { first: { ...base, ...one.first } }), request: { ...base, ...one.request }, ticket, commands: ticketCommands(ticket.comments),
    snapshot: takeSnapshot(ticket, { charsMax: 65_536, now: time('11:00:00') }), config, subject: subjectOf(one, config), now: one.now ?? time('11:00:00'), ciRun: '777', rows: one.rows, grants: one.grants,
    tracker: one.tracker ?? { id: 'github', capabilities: { history: true, editTime: true, comments: true } }, localUser: one.localUser ?? false, paths: one.paths, risk: one.risk,
  }, { reader: readerOf(one, asked) });
  if (!facts.ok) throw new Error('no facts');
  return facts.value;
}

export async function judge(one: Case) {
  const facts = await factsOf(one);
  const judged = judgeAdmission(facts);
  const approved = judged.verdict.tree.children?.find((child) => child.rule === 'approved');
  const code = approved?.children?.find((child) => child.effect !== 'allow')?.values?.['code'];
  return { ...judged, facts, approved, code, admitted: judged.decline === undefined && judged.asks === undefined };
}

function readerOf(one: Case, asked: string[]): ForgeReader {
  const permissions: Readonly<Record<string, Permission | Fault>> = { amy: 'write', bob: 'write', maya: 'maintain', tom: 'triage', rita: 'read', ...one.permissions };
  const never = () => Promise.resolve(err(outage));
  return {
    id: 'github', capabilities: { checkRuns: true, reviews: true, drafts: true, startsCi: true, bodyCharsMax: 60_000 }, repository: () => Promise.resolve(typeof one.private === 'object' ? err(one.private) : ok({ slug: 'acme/shop', defaultBranch: 'main', private: one.private ?? false, url: '' })), headOf: never, missingForDelivery: never,
    permissionOf: (login) => {
      asked.push(login);
      const answer = permissions[login] ?? 'none';
      return Promise.resolve(typeof answer === 'string' ? ok(answer) : err(answer));
    },
    memberOf: (team, login) => {
      asked.push(`${team}:${login}`);
      const members = one.teams?.[team];
      return Promise.resolve(members === undefined ? err({ ...outage, code: 'not-found' as const }) : 'code' in members ? err(members) : ok(members.includes(login)));
    },
    environmentReviews: () => Promise.resolve(one.reviews === undefined ? ok({ since: time('10:00:00'), reviews: [] }) : 'code' in one.reviews ? err(one.reviews) : ok(one.reviews)),
    openHeddleChanges: () => Promise.resolve(ok([])),
  };
}
