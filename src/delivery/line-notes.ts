import type { JudgedFinding } from '../domain/finding.js';
import type { Verdict } from '../domain/verdict.js';
import { code, inline } from '../kit/harmless.js';
import type { LineNote } from '../ports/forge.js';
import { placesIn } from './gates-report.js';

/**
 * Few notes on changed lines: what a gate objects to, new findings of the checks, then what the gates only point at. Only added
 * lines, one note a line, at most three a file, so that a page full of notes hides none of them. Pure.
 */
export function lineNotes(judged: { readonly verdict: Verdict; readonly findings: readonly JudgedFinding[] }, added: (path: string) => ReadonlySet<number>, max: number): readonly LineNote[] {
  const places = placesIn(judged.verdict.tree);
  const ofGates = (objecting: boolean): readonly LineNote[] => places.filter(({ node }) => (node.effect !== 'allow') === objecting)
    .map(({ node, path, line }) => ({ path, line, markdown: `**${code(node.rule)}**: ${inline(node.words, 400)}${objecting ? '' : '. Only pointed out.'}` }));
  const ofChecks = judged.findings.filter((finding) => finding.standing === 'new').flatMap((finding): LineNote[] => (finding.file === undefined || finding.line === undefined ? [] : [
    { path: finding.file, line: finding.line, markdown: `**${code(finding.source)}**${finding.rule === undefined ? '' : ` ${code(finding.rule)}`}: ${inline(finding.message, 400)}` },
  ]));
  const kept: LineNote[] = [];
  const seen = new Set<string>();
  const perFile = new Map<string, number>();
  for (const note of [...ofGates(true), ...ofChecks, ...ofGates(false)]) {
    const key = `${note.path}:${note.line}`;
    const count = perFile.get(note.path) ?? 0;
    if (kept.length >= max || count >= PER_FILE_MAX || seen.has(key) || !added(note.path).has(note.line)) continue;
    seen.add(key);
    perFile.set(note.path, count + 1);
    kept.push(note);
  }
  return kept;
}

const PER_FILE_MAX = 3;
