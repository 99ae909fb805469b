import type { JudgedFinding } from '../domain/finding.js';
import { indent } from './render-brief.js';
import { clip, frame, oneLine } from './render-frame.js';

/** How to see a check fail again: `run` is the repository's own command. */
export interface Reproduction { readonly check: string; readonly run: string }

const FINDINGS_MAX = 20;
const PER_CHECK_MAX = 8;
const MESSAGE_CHARS_MAX = 1200;
const TOTAL_CHARS_MAX = 16_000;

/** The new findings, grouped by check with the command that shows them, cut with a stated count. '' when there are none. */
export function renderFindings(input: { readonly findings: readonly JudgedFinding[]; readonly reproduce: readonly Reproduction[]; readonly mark: string }): string {
  const fresh = input.findings.filter((finding) => finding.standing === 'new');
  if (fresh.length === 0) return '';
  const groups = byCheck(worstFirst(fresh));
  let left = FINDINGS_MAX;
  let chars = TOTAL_CHARS_MAX;
  let shown = 0;
  const parts: string[] = [];
  for (const [check, findings] of groups) {
    const lines: string[] = [];
    for (const finding of findings.slice(0, Math.min(PER_CHECK_MAX, left))) {
      const line = renderFinding(finding);
      if (line.length > chars) break;
      chars -= line.length;
      lines.push(line);
    }
    left -= lines.length;
    shown += lines.length;
    if (lines.length === 0) continue;
    const run = input.reproduce.find((reproduction) => reproduction.check === check)?.run;
    parts.push([`${check}:`, ...(run === undefined ? [] : ['see it with:', indent(clip(run, 2000))]), ...lines].join('\n'));
  }
  const rest = fresh.length - shown;
  const cut = rest > 0 ? `\n\n${rest} more ${rest === 1 ? 'finding is' : 'findings are'} left out; many have the same cause.` : '';
  return `# What the checks found\n\nOnly what your change is answerable for is listed.\n\n${frame('findings', parts.join('\n\n'), input.mark)}${cut}`;
}

function byCheck(findings: readonly JudgedFinding[]): ReadonlyMap<string, readonly JudgedFinding[]> {
  const groups = new Map<string, JudgedFinding[]>();
  for (const finding of findings) {
    const group = groups.get(finding.source);
    if (group === undefined) groups.set(finding.source, [finding]);
    else group.push(finding);
  }
  return groups;
}

function worstFirst(findings: readonly JudgedFinding[]): readonly JudgedFinding[] {
  const rank = { error: 0, warning: 1, note: 2 } as const;
  return [...findings].sort((a, b) => rank[a.severity] - rank[b.severity]);
}

function renderFinding(finding: JudgedFinding): string {
  const place = finding.file === undefined ? '' : ` ${oneLine(finding.file)}${finding.line === undefined ? '' : `:${finding.line}`}`;
  const name = finding.test === undefined ? '' : ` test «${oneLine(finding.test, 500)}»`;
  const rule = finding.rule === undefined ? '' : ` [${oneLine(finding.rule, 200)}]`;
  return `- ${finding.severity}${place}${name}${rule}\n${indent(clip(finding.message.trim(), MESSAGE_CHARS_MAX))}`;
}
