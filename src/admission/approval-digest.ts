import type { Assignment } from '../domain/assignment.js';
import { digestOfJson } from '../domain/digest.js';
import type { Digest } from '../domain/ids.js';
import type { Limits } from '../domain/limits.js';
import type { OrderFields } from '../domain/order.js';
import type { Snapshot } from '../domain/ticket.js';

/** What somebody who approves says yes to: the text that the agent gets, and the bounds it works in. */
export interface ApprovalSubject {
  readonly snapshot: Pick<Snapshot, 'ref' | 'title' | 'body' | 'criteria' | 'labels' | 'author'>;
  readonly repository: string;
  /** The branch, not its commit: the commit is pinned when the order is given. */
  readonly base: string;
  readonly policy: Digest;
  readonly limits: Limits;
  readonly agent: { readonly id: string; readonly model: string };
  readonly minRung: string;
  readonly assignment?: Assignment | undefined;
}

/**
 * The digest that `/heddle approve` names. It covers what the agent gets (title, text, criteria, labels but the one that starts
 * runs) and what binds it (repository, base branch, sub-project, the whole configuration, limits, agent and model). The commit of
 * the base is not in it: a busy branch moves every minute, and an approval that it voids is one that people learn to repeat
 * without reading. The order pins the commit at admission; what moves afterwards is looked at again where it matters.
 */
export function approvalDigest(subject: ApprovalSubject, options: { readonly startingLabel: string }): Digest {
  const { ref, title, body, criteria, labels, author } = subject.snapshot;
  return digestOfJson({
    version: 1, ticket: ref, title, body, author: author.id, repository: subject.repository, base: subject.base, policy: subject.policy, limits: subject.limits,
    criteria: criteria.map((criterion) => [criterion.text, criterion.check ?? null]), labels: labels.filter((label) => label !== options.startingLabel),
    agent: subject.agent, minRung: subject.minRung, assignment: subject.assignment ?? null,
  });
}

/** What an order stands on, told from the order itself and its text. */
export function subjectOf(order: Pick<OrderFields, 'repository' | 'base' | 'policy' | 'limits' | 'approvedLimits' | 'agent' | 'minRung' | 'assignment'>, snapshot: ApprovalSubject['snapshot']): ApprovalSubject {
  const { repository, base, policy, limits, approvedLimits, agent, minRung, assignment } = order;
  // A budget may tighten a run below what was approved; it is still what was approved.
  return { snapshot, repository, base: base.branch, policy, limits: approvedLimits ?? limits, agent, minRung, ...(assignment === undefined ? {} : { assignment }) };
}
