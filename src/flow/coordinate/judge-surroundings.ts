import type { RuleAnswer } from '../../admission/rule.js';
import type { Configuration } from '../../config/configuration.js';
import type { BaseLook, Meeting, RenewedCheck } from '../../domain/freshness.js';
import { strictest, type Verdict, type VerdictNode } from '../../domain/verdict.js';

type Rules = Pick<Configuration, 'overlap' | 'delivery'>;

/** What the base branch and the changes of others mean for a candidate. Pure. `renewable`: checks may run in this process. */
export function judgeSurroundings(seen: { readonly base: BaseLook; readonly meetings: readonly Meeting[] }, rules: Rules, renewable: boolean): readonly RuleAnswer[] {
  return [baseRule(seen.base, rules), staleRule(seen.base, rules, renewable), meetingsRule(seen.meetings, rules)];
}

/** What the checks said when they ran again on both together. */
export function judgeRenewal(checks: readonly RenewedCheck[], rules: Rules): RuleAnswer {
  const broken = named(checks, 'broken-together');
  const missing = named(checks, 'not-run');
  const values = { passed: named(checks, 'passed'), brokenTogether: broken, brokenOnTheBase: named(checks, 'base-broken'), failedBefore: named(checks, 'failed-before') };
  if (broken.length > 0) return clash('base-meaning', `on the base branch as it is now these checks pass, and together with this change they do not: ${broken.join(', ')}`, { rules, values });
  if (missing.length > 0) return clash('base-meaning', `these checks could not run again on the base branch as it is now: ${missing.join(', ')}`, { rules, values });
  return allow('base-meaning', 'the checks that had to run again pass, or fail on the base branch alone as well', values);
}

export function asVerdict(answers: readonly RuleAnswer[]): Verdict {
  const children = answers.map((answer) => answer.node);
  const effect = strictest(children.map((node) => node.effect));
  const stopping = children.filter((node) => node.effect !== 'allow').map((node) => node.rule);
  return { effect, tree: { rule: 'surroundings', effect, words: stopping.length === 0 ? 'nothing that happened meanwhile stands against it' : `held by ${stopping.join(', ')}`, children } };
}

function baseRule(base: BaseLook, rules: Rules): RuleAnswer {
  switch (base.kind) {
    case 'same': return allow('base-merge', 'the base branch stands where the order says', { head: base.head });
    case 'moved': return allow('base-merge', `the base branch moved in ${base.files} files; the change merges with it`, { head: base.head, merged: base.merged });
    case 'unknown': return allow('base-merge', `not known whether the change merges with the base branch as it is now: ${base.why}`);
    case 'conflict': return clash('base-merge', `the change does not merge with what the base branch has become: ${base.paths.slice(0, 10).join(', ')}`, { rules, values: { head: base.head, paths: base.paths } });
  }
}

function staleRule(base: BaseLook, rules: Rules, renewable: boolean): RuleAnswer {
  const stale = base.kind === 'moved' ? base.stale : [];
  const values = { checks: stale.map((one) => `${one.check}: ${one.because.slice(0, 3).join(', ')}`) };
  if (stale.length === 0) return allow('stale-evidence', base.kind === 'unknown' || base.kind === 'conflict' ? 'not asked: see `base-merge`' : 'every result still stands');
  const list = stale.map((one) => one.check).join(', ');
  if (renewable) return allow('stale-evidence', `the base branch moved in what these checks read; they run again: ${list}`, values);
  if (rules.delivery.stale === 'warn') return allow('stale-evidence', `warning: the base branch moved in what these checks read, and nothing runs in this job: ${list}`, { ...values, warning: true });
  return { node: { rule: 'stale-evidence', effect: 'deny', words: `the base branch moved in what these checks read (${list}), nothing runs in this job, and delivery.stale is refuse`, values } };
}

function meetingsRule(meetings: readonly Meeting[], rules: Rules): RuleAnswer {
  const clashes = meetings.filter((meeting) => meeting.kind === 'conflict');
  if (clashes.length === 0) return allow('open-conflicts', meetings.length === 0 ? 'no open change touches these files' : `merges with every open change that could be tried; ${meetings.length} touch the same files`, { changes: meetings.map(wordsOf) });
  return clash('open-conflicts', `does not merge with ${clashes.slice(0, 5).map(wordsOf).join('; ')}`, { rules, values: { changes: clashes.slice(0, 20).map(wordsOf) } });
}

function wordsOf({ change, author, ours, kind, paths }: Meeting): string {
  return `${ours ? 'Heddle\'s ' : ''}change ${change}${author === '' ? '' : ` by ${author}`} (${kind}): ${paths.slice(0, 5).join(', ')}${paths.length > 5 ? ` and ${paths.length - 5} more` : ''}`;
}

function clash(rule: string, words: string, about: { readonly rules: Rules; readonly values: NonNullable<VerdictNode['values']> }): RuleAnswer {
  if (about.rules.overlap.conflicts === 'warn') return allow(rule, `warning: ${words}`, { ...about.values, warning: true });
  return { node: { rule, effect: 'hold', words, values: about.values }, asks: 'overlap' };
}

function allow(rule: string, words: string, values?: VerdictNode['values']): RuleAnswer {
  return { node: { rule, effect: 'allow', words, ...(values === undefined ? {} : { values }) } };
}

function named(checks: readonly RenewedCheck[], standing: RenewedCheck['standing']): string[] {
  return checks.filter((check) => check.standing === standing).map((check) => check.check);
}
