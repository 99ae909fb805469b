import type { Phase } from '../domain/phase.js';
import type { VerdictNode } from '../domain/verdict.js';
import { bestOf } from './best-of.js';
import type { Command, In } from './command.js';
import { namesOf } from './held-rules.js';
import { mayPropose } from './may-propose.js';
import type { AttemptRecord } from './state.js';

/** While the base branch keeps moving, checks run again so often and no more; what is left is said in the packet. */
export const RENEWALS_MAX = 3;

/**
 * What stands between a candidate that the gates let through and its seal: a look at what happened around it, checks that run
 * again, a person's word on what was found. Pure; every answer changes the record, so it ends.
 */
export function beforeSealing(state: In<'judged'> | In<'answered'>, at: { readonly phase?: Phase | undefined; readonly propose?: boolean | undefined }): Command {
  const record = state.attempts.find((one) => one.attempt === state.attempt);
  if (record?.verdict === undefined) throw new Error('a candidate without a verdict was about to be sealed');
  // Work and verify know no forge: what happened meanwhile is deliver's to see, before it asks anybody.
  if (at.phase !== 'work' && at.phase !== 'verify') {
    const next = around(state, record, at);
    if (next !== undefined) return next;
  }
  const open = heldRules(record).filter((rule) => record.agreed?.includes(rule) !== true);
  if (open.length === 0) return { kind: 'seal', state };
  // What the gates hold may be proposed where the team wants that; a conflict with other work is asked about in any case.
  const elsewhere = foundAround(record).flatMap(namesOf);
  return mayPropose(record.verdict, at.propose) && !open.some((rule) => elsewhere.includes(rule)) ? { kind: 'seal', state } : { kind: 'ask', state };
}

function around(state: In<'judged'> | In<'answered'>, record: AttemptRecord, at: { readonly phase?: Phase | undefined }): Command | undefined {
  const { seen, renewals = [] } = record;
  if (seen === undefined) return { kind: 'look-around', state };
  const nodes = foundAround(record);
  const refused = nodes.filter((node) => node.effect === 'deny' || node.effect === 'error');
  if (refused.length > 0) return { kind: 'conclude', fact: { type: 'exhausted', reason: 'stale-evidence', words: `${refused.map((node) => node.words).join('; ')}.`, ...bestOf(state) } };
  if (seen.round < renewals.length) return renewals.length < RENEWALS_MAX && !nodes.some((node) => node.effect === 'hold') ? { kind: 'look-around', state } : undefined;
  const stale = seen.base.kind === 'moved' ? seen.base.stale : [];
  return stale.length > 0 && at.phase === undefined && renewals.length < RENEWALS_MAX ? { kind: 'renew', state } : undefined;
}

/** What the newest look said, and the renewal that came after it. */
export function foundAround({ seen, renewals = [] }: AttemptRecord): readonly VerdictNode[] {
  const renewed = seen !== undefined && seen.round < renewals.length ? renewals.at(-1) : undefined;
  return [...seen?.verdict.tree.children ?? [], ...renewed?.verdict.tree.children ?? []];
}

/** Names of all rules that hold: of the gates, and of what was found around the work. */
export function heldRules(record: AttemptRecord): string[] {
  const gates = record.verdict?.effect === 'hold' ? namesOf(record.verdict.tree) : [];
  return [...new Set([...gates, ...foundAround(record).flatMap(namesOf)])];
}
