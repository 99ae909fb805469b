import { Configuration } from '../../../src/config/configuration.js';
import type { FileChange } from '../../../src/domain/candidate.js';
import { digestOf } from '../../../src/domain/digest.js';
import { CommitSha, TreeSha } from '../../../src/domain/ids.js';
import { Verdict, type VerdictNode } from '../../../src/domain/verdict.js';
import { evaluateGates } from '../../../src/gates/evaluate-gates.js';
import type { RiskFacts } from '../../../src/gates/risk/risk-facts.js';
import { LIMITS } from '../../validation/check-fixtures.js';

/** A file before and after, as text; `undefined` is a file that is not there. */
export interface Edit { readonly before?: string; readonly after?: string; readonly file?: Partial<FileChange> }

/** Judges edits by all gates. Added lines are those of `after` that `before` has not: enough for rules that look at lines. */
export async function judgeEdits(edits: Readonly<Record<string, Edit>>, more: { readonly risk?: RiskFacts; readonly gates?: object; readonly likely?: readonly string[] } = {}): Promise<Verdict> {
  const files = Object.entries(edits).map(([path, { before, after, file }]): FileChange => ({
    path, status: before === undefined ? 'added' : after === undefined ? 'deleted' : 'modified', oldMode: before === undefined ? '000000' : '100644', newMode: after === undefined ? '000000' : '100644',
    additions: 1, deletions: 0, binary: false, ...file,
  }));
  const lines = (path: string): { line: number; text: string }[] => {
    const old = new Set((edits[path]?.before ?? '').split('\n'));
    const isNew = edits[path]?.before === undefined;
    return (edits[path]?.after ?? '').split('\n').map((text, index) => ({ line: index + 1, text })).filter(({ text }) => isNew || !old.has(text));
  };
  return Verdict.parse(await evaluateGates({
    candidate: { attempt: 1, base: CommitSha.parse('0'.repeat(40)), tree: TreeSha.parse('1'.repeat(40)), files, stats: { files: files.length, additions: files.length, deletions: 0, bytes: 100 }, patchDigest: digestOf('') },
    config: Configuration.parse({ gates: more.gates ?? {} }), workdir: '', limits: { ...LIMITS, diffFilesMax: 10_000 },
    addedText: (path) => lines(path).map(({ text }) => text).join('\n'), addedLines: lines, likely: more.likely, risk: more.risk,
    textOf: async (side, path) => (side === 'base' ? edits[path]?.before : edits[path]?.after),
  }));
}

export function nodeOf(verdict: Verdict, name: string): VerdictNode {
  const node = verdict.tree.children?.find((child) => child.rule === name);
  if (node === undefined) throw new Error(`no node ${name}`);
  return node;
}
