import type { QualityConfig } from '../../config/quality-config.js';
import type { VerdictNode } from '../../domain/verdict.js';
import type { FileCoverage } from '../../domain/report.js';
import { globMatcher } from '../../kit/globs.js';
import { endingOf, isOwnCode } from './file-kinds.js';
import { locateCoverage, type LineCoverage } from './locate-coverage.js';
import type { NewCode, NewLine } from './new-code.js';
import { effectOf, gateFinding, groupNode, offNode, percentOf, placesOf, ranges, SHOWN_MAX } from './nodes.js';
import type { ReportFacts } from './quality-facts.js';

const FORMATS: readonly string[] = ['lcov', 'cobertura', 'jacoco', 'clover'];

interface FileShare { readonly path: string; readonly lines: number; readonly uncovered: readonly number[]; readonly branches: number; readonly taken: number; readonly halfTaken: readonly { readonly line: number; readonly taken: number; readonly total: number }[] }

/** How much of the new code tests have run. Only lines that the report calls executable count; the small-change exemption is said, never silent. */
export async function coverageRule(input: { readonly config: QualityConfig; readonly reports: ReportFacts; readonly code: NewCode; readonly paths: () => Promise<readonly string[]> }): Promise<VerdictNode> {
  const { config, reports, code } = input;
  const measured = reports.candidate.filter((one) => one.states.some(({ format, state }) => FORMATS.includes(format) && state === 'read'));
  if (measured.length === 0) return { rule: 'coverage', effect: 'allow', words: 'no coverage report of the candidate was read, so the new lines are not measured' };
  const excluded = globMatcher(config.coverage.exclude, 'exact');
  if (!excluded.ok) return { rule: 'coverage', effect: 'error', words: `gates.quality.coverage.exclude cannot be used: ${excluded.error}` };
  const asked = [...code.lines].filter(([path]) => isOwnCode(path) && !excluded.value(path));
  const all: readonly FileCoverage[] = measured.flatMap((one) => one.coverage);
  const located = locateCoverage(all, asked.map(([path]) => path), await input.paths());
  const shares = asked.flatMap(([path, lines]) => shareOf(path, lines, located.get(path)));
  const kinds = new Set(measured.flatMap((one) => one.coverageKinds));
  const silent = asked.filter(([path, lines]) => !located.has(path) && kinds.has(endingOf(path)) && lines.some(({ text }) => isStatement(text)));
  const small = code.size < config.small_change;
  const exempt = small ? `; said only, since the change has ${code.size} new lines and gates.quality.small_change is ${config.small_change}` : '';
  return groupNode('coverage', [lineNode(config, shares, exempt), branchNode(config, shares, exempt), silentNode(config, silent, exempt)], small ? `coverage is ${exempt.slice(2)}` : 'the new lines are covered well enough');
}

function shareOf(path: string, lines: readonly NewLine[], coverage: LineCoverage | undefined): readonly FileShare[] {
  if (coverage === undefined) return [];
  const executable = lines.map(({ line }) => line).filter((line) => coverage.lines.has(line));
  const branching = lines.flatMap(({ line }) => {
    const found = coverage.branches.get(line);
    return found === undefined ? [] : [{ line, ...found }];
  });
  return [{
    path, lines: executable.length, uncovered: executable.filter((line) => coverage.lines.get(line) === 0),
    branches: branching.reduce((sum, one) => sum + one.total, 0), taken: branching.reduce((sum, one) => sum + one.taken, 0), halfTaken: branching.filter((one) => one.taken < one.total),
  }];
}

function lineNode(config: QualityConfig, shares: readonly FileShare[], exempt: string): VerdictNode {
  const rule = 'new-lines';
  const { effect: setting, lines: wanted } = config.coverage;
  if (setting === 'off') return offNode(rule);
  const lines = sum(shares, (share) => share.lines);
  const covered = lines - sum(shares, (share) => share.uncovered.length);
  if (lines === 0) return { rule, effect: 'allow', words: 'no new line can be executed' };
  const percent = percentOf(covered, lines);
  const holes = shares.filter(({ uncovered }) => uncovered.length > 0);
  const values = { percent, wanted, lines, covered, files: holes.slice(0, SHOWN_MAX).map(tableRow), ...placesOf(holes.flatMap(({ path, uncovered }) => firstOfRuns(uncovered).map((line) => ({ path, line })))) };
  const said = `${percent} % of ${lines} new executable ${lines === 1 ? 'line is' : 'lines are'} covered, gates.quality.coverage.lines is ${wanted}`;
  const places = holes.length === 0 ? '' : `; not run: ${holes.slice(0, 3).map(({ path, uncovered }) => `${path} ${ranges(uncovered, 8)}`).join('; ')}${holes.length > 3 ? `; and ${holes.length - 3} more files` : ''}`;
  if (percent >= wanted) return { rule, effect: 'allow', words: said + places, values };
  return {
    rule, effect: exempt === '' ? effectOf(setting) : 'allow', words: said + places + exempt, values,
    findings: holes.slice(0, SHOWN_MAX).map(({ path, uncovered }) => gateFinding('quality.coverage', {
      identity: ['lines', path], severity: 'error', file: path, line: uncovered[0], name: rule, message: `No test runs the new lines ${ranges(uncovered)}. Write tests that run them, or take them out.`,
    })),
  };
}

function branchNode(config: QualityConfig, shares: readonly FileShare[], exempt: string): VerdictNode {
  const rule = 'new-branches';
  const { branch_effect: setting, branches: wanted } = config.coverage;
  if (setting === 'off') return offNode(rule);
  const branches = sum(shares, (share) => share.branches);
  const taken = sum(shares, (share) => share.taken);
  if (branches === 0) return { rule, effect: 'allow', words: 'no new line branches, or the report does not tell branches' };
  const percent = percentOf(taken, branches);
  const holes = shares.filter(({ halfTaken }) => halfTaken.length > 0);
  const values = { percent, wanted, branches, taken, files: holes.slice(0, SHOWN_MAX).map(tableRow), ...placesOf(holes.flatMap(({ path, halfTaken }) => halfTaken.map(({ line }) => ({ path, line })))) };
  const said = `${percent} % of ${branches} branches in new lines are taken, gates.quality.coverage.branches is ${wanted}`;
  const places = holes.length === 0 ? '' : `; not taken: ${holes.slice(0, 3).map(branchWords).join('; ')}${holes.length > 3 ? `; and ${holes.length - 3} more files` : ''}`;
  if (percent >= wanted) return { rule, effect: 'allow', words: said + places, values };
  return {
    rule, effect: exempt === '' ? effectOf(setting) : 'allow', words: said + places + exempt, values,
    findings: holes.slice(0, SHOWN_MAX).map((share) => gateFinding('quality.coverage', {
      identity: ['branches', share.path], severity: 'warning', file: share.path, line: share.halfTaken[0]?.line, name: rule, message: `Tests do not take every way out of these new lines: ${branchWords(share)}.`,
    })),
  };
}

function silentNode(config: QualityConfig, silent: readonly (readonly [string, readonly NewLine[]])[], exempt: string): VerdictNode {
  const rule = 'unmeasured';
  const setting = config.coverage.unmeasured;
  if (setting === 'off') return offNode(rule);
  if (silent.length === 0) return { rule, effect: 'allow', words: 'every changed source file of a measured kind is in the report' };
  const paths = silent.map(([path]) => path);
  return {
    rule, effect: exempt === '' ? effectOf(setting) : 'allow', words: `no coverage report speaks of ${paths.slice(0, 3).join(', ')}${paths.length > 3 ? ` and ${paths.length - 3} more` : ''}, so nobody knows whether a test runs ${paths.length === 1 ? 'it' : 'them'}${exempt}`,
    values: { count: paths.length, paths: paths.slice(0, SHOWN_MAX), ...placesOf(silent.map(([path, lines]) => ({ path, line: lines[0]?.line }))) },
    findings: silent.slice(0, SHOWN_MAX).map(([path, lines]) => gateFinding('quality.coverage', { identity: ['unmeasured', path], severity: 'warning', file: path, line: lines[0]?.line, name: rule, message: 'No coverage report speaks of this file: no test loads it.' })),
  };
}

/** One place for lines that follow one another: a note on each of them would hide the others. */
function firstOfRuns(lines: readonly number[]): readonly number[] {
  const all = new Set(lines);
  return [...all].filter((line) => !all.has(line - 1)).sort((a, b) => a - b);
}

function tableRow(share: FileShare): string {
  const lines = `${share.path}: ${share.lines - share.uncovered.length}/${share.lines} lines${share.uncovered.length === 0 ? '' : `, not run: ${ranges(share.uncovered)}`}`;
  return share.branches === 0 ? lines : `${lines}; ${share.taken}/${share.branches} branches${share.halfTaken.length === 0 ? '' : `, not taken: ${share.halfTaken.slice(0, 30).map(halfWords).join(', ')}`}`;
}

function branchWords(share: FileShare): string {
  return `${share.path} ${share.halfTaken.slice(0, 8).map(halfWords).join(', ')}`;
}

function halfWords({ line, taken, total }: { readonly line: number; readonly taken: number; readonly total: number }): string {
  return `${line} (${taken} of ${total})`;
}

/** A line that could do something: no comment, bracket, import or mere name. A guess, used only to keep files of types and constants out. */
function isStatement(text: string): boolean {
  const line = text.trim();
  if (line === '' || /^(?:\/\/|\/?\*|#|--|import\b|from\b|export (?:type|interface|\*)|(?:export )?(?:declare|interface|type)\b|package\b|use\b|using\b|[)\]}>;,]+$)/.test(line)) return false;
  return /\b(?:return|if|for|while|throw|raise|await|yield|match|switch)\b|=>|\w\s*\(|[^=!<>]=[^=]/.test(line);
}

function sum(shares: readonly FileShare[], of: (share: FileShare) => number): number {
  return shares.reduce((total, share) => total + of(share), 0);
}
