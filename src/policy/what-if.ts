import type { VerdictEffect } from '../domain/verdict.js';
import type { CompiledPolicy } from './compile.js';
import { evaluatePolicy } from './evaluate.js';
import type { PolicyFacts } from './facts.js';

/** One change of the past, with what is known of it. The title is foreign text. */
export interface PastChange { readonly id: string; readonly title: string; readonly at: string; readonly facts: PolicyFacts }

export interface Judged { readonly effect: VerdictEffect; readonly by: string; readonly words: string; readonly approvals: number; readonly labels: readonly string[] }

export interface WhatIfRow {
  readonly id: string;
  readonly title: string;
  readonly at: string;
  readonly files: number;
  readonly lines: number;
  readonly before: Judged;
  readonly after: Judged;
  /** The verdict changed, or how many must approve. */
  readonly changed: boolean;
}

export interface WhatIf {
  readonly rows: readonly WhatIfRow[];
  readonly before: Readonly<Record<VerdictEffect, number>>;
  readonly after: Readonly<Record<VerdictEffect, number>>;
  readonly stricter: number;
  readonly looser: number;
}

const ORDER: readonly VerdictEffect[] = ['allow', 'hold', 'deny', 'error'];

/** Judges every past change by two policies and says what differs. Pure; no model, no network, nothing is run. */
export function whatIf(before: CompiledPolicy, after: CompiledPolicy, changes: readonly PastChange[]): WhatIf {
  const rows = changes.map(({ id, title, at, facts }): WhatIfRow => {
    const [old, now] = [judge(before, facts), judge(after, facts)];
    return {
      id, title, at, files: facts.change.files.length, lines: facts.change.files.reduce((sum, file) => sum + file.additions + file.deletions, 0),
      before: old, after: now, changed: old.effect !== now.effect || old.approvals !== now.approvals,
    };
  });
  const rank = (judged: Judged): number => ORDER.indexOf(judged.effect) * 100 + judged.approvals;
  return {
    rows, before: counted(rows.map((row) => row.before)), after: counted(rows.map((row) => row.after)),
    stricter: rows.filter((row) => rank(row.after) > rank(row.before)).length, looser: rows.filter((row) => rank(row.after) < rank(row.before)).length,
  };
}

function judge(policy: CompiledPolicy, facts: PolicyFacts): Judged {
  const { effect, outcome, tree } = evaluatePolicy(policy, facts);
  return { effect, by: outcome.decidedBy, words: tree.words, approvals: Math.max(0, ...outcome.approvals.map(({ count }) => count)), labels: outcome.labels };
}

function counted(all: readonly Judged[]): Readonly<Record<VerdictEffect, number>> {
  const of = (effect: VerdictEffect): number => all.filter((one) => one.effect === effect).length;
  return { allow: of('allow'), hold: of('hold'), deny: of('deny'), error: of('error') };
}
