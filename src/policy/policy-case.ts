import { z } from 'zod';
import type { Actor } from '../domain/actor.js';
import type { FileChange } from '../domain/candidate.js';
import { TrackerId } from '../domain/ticket.js';
import { VerdictEffect } from '../domain/verdict.js';
import { ChangeKind, FileKind, RiskLevel, type FileFact, type PolicyFacts } from './facts.js';
import { changeFacts } from './gather-facts.js';

const name = z.string().min(1).max(200);
const names = z.array(name).max(100);
const count = z.number().int().nonnegative();
const kind = z.enum(['human', 'bot', 'unknown']);

const CaseFile = z.union([z.string().min(1).max(4096), z.strictObject({
  path: z.string().min(1).max(4096),
  change: z.array(ChangeKind).min(1).default(['modified']).describe('What happened to it.'),
  additions: count.default(1), deletions: count.default(0),
  kinds: z.array(FileKind).optional().describe('Instead of what its name says.'),
  owners: names.optional(), services: names.optional(), tiers: names.optional(), data: names.optional(),
})], 'must be a path, or an object with a path');
const Person = z.union([name, z.strictObject({ login: name, kind: kind.default('human') })], 'must be a login, or an object with login and kind');

/** One case that a team writes beside its policy: made-up facts, and what the policy must say about them. */
export const PolicyCase = z.strictObject({
  name: z.string().min(1).max(300).describe('What the case shows.'),
  facts: z.strictObject({
    files: z.array(CaseFile).max(2000).default([]).describe('Changed files.'), bytes: count.default(0).describe('Bytes of the patch.'),
    labels: names.default([]), tracker: TrackerId.optional(), requester: Person.optional(), author: Person.optional(), approvers: z.array(Person).max(50).default([]),
    agent: name.optional(), model: name.optional(), attempts: count.optional(), risk: RiskLevel.optional(), risk_score: z.number().nonnegative().optional(),
    gates: z.record(z.string(), VerdictEffect).default({}), checks: z.record(z.string(), z.string()).default({}),
    tests: z.strictObject({ total: count, failed: count.default(0), skipped: count.default(0), base_total: count, base_failed: count.default(0), base_skipped: count.default(0) }).optional(),
    owners: z.record(z.string(), names).default({}).describe('Lines of CODEOWNERS: pattern and owners.'),
    overrides: names.default([]).describe('Rules that an authorised person lifted.'),
  }).describe('What is left out is not known, as in a real run.'),
  expect: z.strictObject({
    effect: VerdictEffect, rule: z.string().optional().describe('The rule that decides, as the verdict tree names it; `default` for none.'),
    matched: names.optional().describe('Rules that must match.'), not_matched: names.optional().describe('Rules that must not.'),
    labels: names.optional(), reviewers: names.optional().describe('Accounts, teams, or `owners`.'), approvals: count.optional().describe('Yeses that the strictest rule wants.'), workflow: name.optional(),
    attempts: count.optional().describe('Attempts that the budget allows.'),
  }).refine((wanted) => Object.keys(wanted).length > 0).describe('What must come out. Lists name what must be among the others.'),
});
export type PolicyCase = z.infer<typeof PolicyCase>;

/** A file of cases, `.heddle/policy-tests/*.yml`. */
export const PolicyCases = z.strictObject({ tests: z.array(PolicyCase).min(1).max(1000) });
export type PolicyCases = z.infer<typeof PolicyCases>;

/** The facts that a case describes. */
export function factsOfCase({ facts: given }: PolicyCase): PolicyFacts {
  const owners = Object.entries(given.owners).map(([pattern, of]) => ({ pattern, owners: of.map((owner) => (owner.startsWith('@') ? owner : `@${owner}`)) }));
  const files = given.files.map((file) => (typeof file === 'string' ? { path: file, change: ['modified' as const], additions: 1, deletions: 0 } : file));
  const base = changeFacts({ files: files.map(changeOf), bytes: given.bytes, owners });
  const merged = base.files.map((fact, index): FileFact => {
    const { change = fact.changes, kinds = fact.kinds, owners: mine = fact.owners, services = fact.services, tiers = fact.tiers, data = fact.data } = files[index] ?? {};
    return { ...fact, changes: change, kinds, owners: mine, services, tiers, data };
  });
  const { tests } = given;
  return {
    change: { files: merged, bytes: given.bytes }, ticket: { tracker: given.tracker, labels: given.labels, author: personOf(given.author) }, requester: personOf(given.requester), approvers: given.approvers.flatMap((one) => personOf(one) ?? []),
    agent: given.agent, model: given.model, attempts: given.attempts, stops: [],
    ...(given.risk === undefined && given.risk_score === undefined ? {} : { risk: { level: given.risk ?? 'low', score: given.risk_score ?? 0 } }),
    gates: Object.entries(given.gates).map(([rule, effect]) => ({ rule, effect })), checks: Object.entries(given.checks).map(([id, outcome]) => ({ id, outcome })),
    ...(tests === undefined ? {} : { tests: { candidate: { total: tests.total, failed: tests.failed, skipped: tests.skipped }, base: { total: tests.base_total, failed: tests.base_failed, skipped: tests.base_skipped } } }),
    overrides: given.overrides,
  };
}

function changeOf({ path, additions, deletions }: { readonly path: string; readonly additions: number; readonly deletions: number }): FileChange {
  return { path, additions, deletions, status: 'modified', oldMode: '100644', newMode: '100644', binary: false };
}

function personOf(person: string | { readonly login: string; readonly kind: Actor['kind'] } | undefined): Actor | undefined {
  if (person === undefined) return undefined;
  return typeof person === 'string' ? { login: person, id: person, kind: 'human' } : { login: person.login, id: person.login, kind: person.kind };
}
