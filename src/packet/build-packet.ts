import type { Candidate } from '../domain/candidate.js';
import type { CheckResult } from '../domain/check.js';
import { egressStories } from '../domain/egress-words.js';
import { ownerMatcher } from '../domain/codeowners.js';
import { digestOfJson } from '../domain/digest.js';
import type { CheckId } from '../domain/ids.js';
import { untrusted } from '../domain/text.js';
import { addUsage, NO_USAGE } from '../domain/usage.js';
import type { VerdictEffect, VerdictNode } from '../domain/verdict.js';
import type { RunEvent, RunFact, RunFactOf } from '../flow/event.js';
import { attemptsOf } from './attempts.js';
import { approvalsOf, overridesOf, riskOf } from './risk-and-overrides.js';
import { focusOf, gapsOf } from './focus-and-gaps.js';
import { meanwhileOf } from './meanwhile.js';
import { proofOf, replayGaps, replaysOf } from './criterion-proof.js';
import type { PacketCheck, PacketFile, ReviewPacket } from './review-packet.js';

/**
 * The packet of a run, from its recorded events and nothing else: the last captured candidate, or the one that a terminal
 * event names as the best.
 *
 * @throws Error when the trail has no order or no candidate: there is nothing to review then, and asking is a bug.
 */
export function buildPacket(events: readonly RunEvent[]): ReviewPacket {
  const facts = events.map((event) => event.fact);
  const last = events.at(-1);
  const admitted = lastOf(facts, 'admitted');
  const briefed = lastOf(facts, 'briefed');
  const candidate = candidateOf(facts);
  if (last === undefined || admitted === undefined || briefed === undefined || candidate === undefined) throw new Error('a packet needs a trail with an order and a captured candidate');
  const received = lastOf(facts, 'bundle-received');
  const { order, snapshot } = admitted;
  const attempts = attemptsOf(facts);
  const mine = attempts.find((attempt) => attempt.attempt === candidate.attempt);
  const checks = checksOf(facts, briefed, candidate);
  const files = filesOf(candidate, briefed);
  const replays = replaysOf(facts, candidate);
  const criteria = snapshot.criteria.map((criterion) => ({ id: criterion.id, text: criterion.text, proof: proofOf(criterion, checks, { elsewhere: received !== undefined, replays }) }));
  const collected = facts.filter((fact) => fact.type === 'findings-collected' && fact.attempt === candidate.attempt && fact.tree === candidate.tree).at(-1) as RunFactOf<'findings-collected'> | undefined;
  const findings = collected?.findings ?? [];
  const meanwhile = meanwhileOf(facts, candidate.tree);
  const evaluated = facts.filter((fact): fact is RunFactOf<'gate-evaluated'> => fact.type === 'gate-evaluated' && fact.tree === candidate.tree).at(-1);
  const judged = evaluated?.verdict;
  const rung = mine?.rung ?? received?.reported.rung ?? order.minRung;
  return {
    version: 1,
    run: last.run,
    trail: { head: digestOfJson(last), events: events.length, at: last.at },
    ticket: { ref: snapshot.ref, ...(snapshot.url === undefined ? {} : { url: snapshot.url }), title: snapshot.title, author: snapshot.author.login, snapshot: snapshot.digest, removals: snapshot.removals },
    repository: order.repository,
    base: order.base,
    order: admitted.orderDigest,
    policy: order.policy,
    requestedBy: order.requestedBy.login,
    approvedBy: order.approvedBy.map((actor) => actor.login),
    agent: mine === undefined ? order.agent : { id: mine.agent, model: mine.model },
    mode: received === undefined ? { kind: 'one-job' } : { kind: 'split', reported: received.reported, manifest: received.manifest, bundle: received.bundle },
    isolation: { rung, ...(mine?.isolation === undefined ? {} : { form: mine.isolation }), required: order.minRung },
    candidate: { attempt: candidate.attempt, tree: candidate.tree, patchDigest: candidate.patchDigest, files, additions: candidate.stats.additions, deletions: candidate.stats.deletions, bytes: candidate.stats.bytes },
    summary: facts.filter((fact) => fact.type === 'agent-reported').find((fact) => fact.attempt === candidate.attempt)?.summary ?? received?.reported.summary ?? untrusted(''),
    criteria,
    checks,
    findings: {
      fresh: findings.filter((finding) => finding.standing === 'new'),
      preExisting: findings.filter((finding) => finding.standing === 'pre-existing'),
      flaky: findings.filter((finding) => finding.standing === 'flaky'),
      fixed: collected?.fixed.length ?? 0,
      truncated: collected?.truncated ?? 0,
    },
    attempts,
    usage: attempts.reduce((sum, attempt) => addUsage(sum, attempt.usage), NO_USAGE),
    priceSource: facts.flatMap((fact) => (fact.type === 'agent-reported' && fact.priceSource !== undefined ? [fact.priceSource] : [])).at(-1) ?? null,
    ...(judged === undefined ? {} : { verdict: { effect: judged.effect, notes: notesOf(judged.tree) } }),
    ...riskOf(judged?.tree), ...overridesOf(facts), ...approvalsOf(evaluated?.policy, judged?.tree),
    answers: answersOf(facts),
    focus: focusOf(files, { verdict: judged?.tree, anyOwners: briefed.owners.length > 0 }),
    ...(egressStories(facts).length === 0 ? {} : { egress: [...egressStories(facts)] }),
    ...(meanwhile.lines.length === 0 ? {} : { meanwhile: [...meanwhile.lines] }),
    gaps: [...gapsOf({ checks, criteria, rung, flaky: findings.filter((finding) => finding.standing === 'flaky'), removals: snapshot.removals, truncated: collected?.truncated ?? 0, collected: collected !== undefined, elsewhere: received !== undefined }), ...replayGaps(replays), ...meanwhile.gaps],
  };
}

/** The last fact of a kind. */
export function lastOf<T extends RunFact['type']>(facts: readonly RunFact[], type: T): RunFactOf<T> | undefined {
  return facts.filter((fact): fact is RunFactOf<T> => fact.type === type).at(-1);
}

/** The candidate that the packet speaks of: the best one a terminal event names, otherwise the last captured. */
export function candidateOf(facts: readonly RunFact[]): Candidate | undefined {
  const captured = facts.flatMap((fact) => (fact.type === 'candidate-captured' && fact.outcome.kind === 'captured' ? [fact.outcome.candidate] : fact.type === 'bundle-received' ? [fact.candidate] : []));
  const ending = facts.at(-1);
  const best = ending !== undefined && 'best' in ending ? ending.best : undefined;
  return captured.find((candidate) => candidate.attempt === best?.attempt && candidate.tree === best.tree) ?? captured.at(-1);
}

function filesOf(candidate: Candidate, briefed: RunFactOf<'briefed'>): PacketFile[] {
  const owners = ownerMatcher(briefed.owners);
  const likely = new Set(briefed.likelyFiles);
  return candidate.files.map(({ path, status, oldMode, newMode, additions, deletions, binary }) => ({
    path, status, oldMode, newMode, additions, deletions, binary, likely: likely.has(path), owners: [...owners(path)],
  }));
}

function checksOf(facts: readonly RunFact[], briefed: RunFactOf<'briefed'>, candidate: Candidate): PacketCheck[] {
  const results = (attempt: number, tree: string | undefined): Map<CheckId, CheckResult> => new Map(facts.flatMap((fact) => (
    fact.type === 'check-finished' && fact.attempt === attempt && (tree === undefined || fact.tree === tree) ? [[fact.result.check, fact.result] as const] : [])));
  const onBase = results(0, undefined);
  const onCandidate = results(candidate.attempt, candidate.tree);
  return briefed.checks.map((check) => {
    const base = onBase.get(check.id);
    const now = onCandidate.get(check.id);
    return {
      id: check.id, run: check.run, origin: check.origin, network: check.network,
      ...(base === undefined ? {} : { base: base.outcome }),
      ...(now === undefined ? {} : { candidate: now.outcome, durationMs: now.durationMs }),
      ...(now?.tests === undefined ? {} : { tests: now.tests }),
      ...(now?.logDigest === undefined ? {} : { logDigest: now.logDigest }),
    };
  });
}

function notesOf(node: VerdictNode): { rule: string; effect: VerdictEffect; words: string }[] {
  const children = (node.children ?? []).flatMap(notesOf);
  const own = node.effect !== 'allow' && children.length === 0 ? [{ rule: node.rule, effect: node.effect, words: node.words }] : [];
  return [...own, ...children];
}

function answersOf(facts: readonly RunFact[]): ReviewPacket['answers'] {
  let question = '';
  const answers: ReviewPacket['answers'] = [];
  for (const [index, fact] of facts.entries()) {
    if (fact.type === 'human-asked') question = fact.question;
    if (fact.type === 'approval-given') answers.push({ question, answer: 'allow', by: fact.by.login });
    // The answer that several people gave together came with the last of them.
    if (fact.type === 'human-answered' && facts[index - 1]?.type !== 'approval-given') answers.push({ question, answer: fact.answer, by: fact.by.login });
  }
  return answers;
}
