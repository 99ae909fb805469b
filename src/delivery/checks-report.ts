import type { CheckResult } from '../domain/check.js';
import type { JudgedFinding } from '../domain/finding.js';
import { inline } from '../kit/harmless.js';
import type { ReviewPacket } from '../packet/review-packet.js';
import type { CheckRunReport } from '../ports/forge.js';

/**
 * The check run on the delivered commit: computed from the packet's facts. `success` needs every check to pass; what
 * fails on the base as well, or was not proven at all, is `neutral`; anything new is `failure`.
 */
export function checksReport(packet: ReviewPacket, results: readonly CheckResult[]): CheckRunReport {
  const { fresh, preExisting, flaky } = packet.findings;
  const passed = packet.checks.filter((check) => check.candidate?.kind === 'passed').length;
  const broken = packet.checks.filter((check) => check.candidate !== undefined && check.candidate.kind !== 'passed' && check.candidate.kind !== 'skipped' && check.base?.kind === 'passed');
  const newErrors = fresh.filter((finding) => finding.severity === 'error');
  const split = packet.mode.kind === 'split';
  const conclusion = split ? 'success' : newErrors.length > 0 || broken.length > 0 ? 'failure' : passed > 0 && passed === packet.checks.length ? 'success' : 'neutral';
  return {
    name: 'Heddle',
    conclusion,
    title: split ? 'The verify job passed on exactly this tree' : `${passed} of ${packet.checks.length} checks passed on the validated tree`,
    summary: [
      `Validated tree \`${packet.candidate.tree}\`, trail head \`${packet.trail.head}\`.`, '',
      ...packet.gaps.map((gap) => `- ${inline(gap, 600)}`),
    ].join('\n').trimEnd(),
    annotations: [...fresh, ...flaky, ...preExisting].flatMap(annotation).slice(0, ANNOTATIONS_MAX),
    results: [...results],
  };
}

/** GitHub takes 50 in one request. */
const ANNOTATIONS_MAX = 50;

function annotation(finding: JudgedFinding): CheckRunReport['annotations'][number][] {
  if (finding.file === undefined || finding.line === undefined) return [];
  const level = finding.standing === 'new' && finding.severity === 'error' ? 'failure' : finding.severity === 'note' ? 'notice' : 'warning';
  const standing = { new: '', flaky: ' (flaky)', 'pre-existing': ' (on the base too)' }[finding.standing];
  return [{ path: finding.file, line: finding.line, level, message: `${finding.source}${standing}: ${inline(finding.message, 500)}` }];
}
