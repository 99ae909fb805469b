import { Configuration } from '../../../src/config/configuration.js';
import type { FileChange } from '../../../src/domain/candidate.js';
import { digestOf } from '../../../src/domain/digest.js';
import { BlobSha, CheckId, CommitSha, TreeSha } from '../../../src/domain/ids.js';
import type { PatchedFile } from '../../../src/domain/patch.js';
import { Issue, type CheckReports, type FileCoverage, type ReportState } from '../../../src/domain/report.js';
import { Verdict, type VerdictNode } from '../../../src/domain/verdict.js';
import { quality } from '../../../src/gates/quality/judge-quality.js';
import type { GateInput } from '../../../src/gates/evaluate-gates.js';
import { LIMITS } from '../../validation/check-fixtures.js';

export type Files = Readonly<Record<string, string>>;

export interface Setting {
  readonly quality?: object;
  readonly reports?: { readonly base: readonly CheckReports[]; readonly candidate: readonly CheckReports[]; readonly idle?: readonly string[] } | undefined;
  readonly holdsAreDenials?: boolean;
}

/** The quality node over two trees given as texts: the patch, the file list and the readers are made from them. */
export async function judge(base: Files, candidate: Files, setting: Setting = {}): Promise<VerdictNode> {
  const files = changesOf(base, candidate);
  const input: GateInput = {
    candidate: { attempt: 1, base: CommitSha.parse('0'.repeat(40)), tree: TreeSha.parse('1'.repeat(40)), files, stats: { files: files.length, additions: 0, deletions: 0, bytes: 1 }, patchDigest: digestOf('') },
    config: Configuration.parse({ gates: { quality: setting.quality ?? {} } }), workdir: '', limits: LIMITS,
    textOf: (side, path) => Promise.resolve((side === 'base' ? base : candidate)[path]),
    quality: {
      patch: patchOf(base, candidate), external: [], holdsAreDenials: setting.holdsAreDenials ?? false,
      reports: 'reports' in setting ? (setting.reports === undefined ? undefined : { idle: [], ...setting.reports }) : { base: [], candidate: [], idle: [] },
      list: (side) => Promise.resolve(Object.entries(side === 'base' ? base : candidate).map(([path, text]) => ({ path, size: text.length }))),
    },
  };
  const node = await quality(input);
  Verdict.parse({ effect: node.effect, tree: node });
  return node;
}

export function changesOf(base: Files, candidate: Files): FileChange[] {
  const paths = [...new Set([...Object.keys(base), ...Object.keys(candidate)])].sort().filter((path) => base[path] !== candidate[path]);
  return paths.map((path): FileChange => ({
    path, status: base[path] === undefined ? 'added' : candidate[path] === undefined ? 'deleted' : 'modified', oldMode: base[path] === undefined ? '000000' : '100644', newMode: candidate[path] === undefined ? '000000' : '100644',
    ...(base[path] === undefined ? {} : { oldBlob: blobOf(base[path]) }), ...(candidate[path] === undefined ? {} : { newBlob: blobOf(candidate[path]) }), additions: 1, deletions: 1, binary: false,
  }));
}

const blobOf = (text: string): BlobSha => BlobSha.parse(digestOf(text).slice('sha256:'.length));

/** A correct, though not always the smallest, patch: equal lines are followed by the longest common subsequence. */
export function patchOf(base: Files, candidate: Files): PatchedFile[] {
  return changesOf(base, candidate).filter(({ status }) => status !== 'deleted').map(({ path }) => {
    const [old, now] = [linesOf(base[path]), linesOf(candidate[path])];
    const kept = common(old, now);
    const stayed = new Set(kept.map(([, at]) => at));
    const left = new Set(kept.map(([at]) => at));
    return { path, added: now.flatMap((text, at) => (stayed.has(at) ? [] : [{ line: at + 1, text }])), removed: old.flatMap((_, at) => (left.has(at) ? [] : [at + 1])) };
  });
}

function linesOf(text: string | undefined): string[] {
  return text === undefined || text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

function common(a: readonly string[], b: readonly string[]): [number, number][] {
  const table = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i -= 1) for (let j = b.length - 1; j >= 0; j -= 1) (table[i] as number[])[j] = a[i] === b[j] ? 1 + (table[i + 1]?.[j + 1] ?? 0) : Math.max(table[i + 1]?.[j] ?? 0, table[i]?.[j + 1] ?? 0);
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if ((table[i + 1]?.[j] ?? 0) >= (table[i]?.[j + 1] ?? 0)) i += 1;
    else j += 1;
  }
  return pairs;
}

export const issue = (given: object = {}): Issue => Issue.parse({ tool: 'toy', rule: 'no-eval', concern: 'security', severity: 'high', level: 'error', message: 'eval runs any text', prints: [], ...given });

export function reportsOf(given: { readonly check?: string; readonly issues?: readonly Issue[]; readonly coverage?: readonly FileCoverage[]; readonly states?: readonly ReportState[]; readonly coverageFiles?: number; readonly advisories?: readonly string[]; readonly leftOut?: number }): CheckReports {
  const states: ReportState[] = given.states === undefined ? [{ format: given.coverage === undefined ? 'sarif' : 'lcov', path: 'report', state: 'read' }] : [...given.states];
  return {
    check: CheckId.parse(given.check ?? 'scan'), states, issues: [...given.issues ?? []], issuesLeftOut: given.leftOut ?? 0, coverage: [...given.coverage ?? []],
    coverageFiles: given.coverageFiles ?? given.coverage?.length ?? 0, coverageKinds: ['js'], advisories: [...given.advisories ?? []], tasks: [],
  };
}

export function find(node: VerdictNode, rule: string): VerdictNode | undefined {
  return node.rule === rule ? node : node.children?.map((child) => find(child, rule)).find((child) => child !== undefined);
}

export const brief = (node: VerdictNode | undefined): string => (node === undefined ? 'no node' : `${node.effect}: ${node.words}`);
