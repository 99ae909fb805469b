import type { QualityConfig } from '../../config/quality-config.js';
import type { CheckReports, ReportState } from '../../domain/report.js';
import type { VerdictNode } from '../../domain/verdict.js';
import { effectOf, gateFinding, groupNode, offNode, SHOWN_MAX } from './nodes.js';
import type { ReportFacts } from './quality-facts.js';

type Setting = 'broken' | 'vanished' | 'missing';
interface Trouble { readonly setting: Setting; readonly words: string; readonly check: string; readonly path: string }

/** Reports that are not there or cannot be used. No report is never the same as no finding. */
export function reportsRule(config: QualityConfig, reports: ReportFacts): VerdictNode {
  const troubles = [...reports.candidate.flatMap((one) => troublesOf(one, reports.base)), ...goneChecks(reports)];
  const nodes = (['vanished', 'broken', 'missing'] as const).map((setting) => settingNode(config, setting, troubles.filter((trouble) => trouble.setting === setting)));
  return groupNode('reports', nodes, troubles.length === 0 ? 'every report was read' : 'what is wrong with the reports is only noted');
}

function troublesOf(now: CheckReports, base: readonly CheckReports[]): readonly Trouble[] {
  const before = base.find(({ check }) => check === now.check);
  const { check } = now;
  const wasRead = (state: ReportState): boolean => before?.states.some((other) => other.format === state.format && other.path === state.path && other.state === 'read') === true;
  const fromStates = now.states.flatMap((state): readonly Trouble[] => {
    if (state.state === 'broken') return [{ setting: 'broken', check, path: state.path, words: `${check}: ${state.words ?? `report ${state.path} cannot be read`}` }];
    if (state.state !== 'missing') return [];
    if (wasRead(state)) return [{ setting: 'vanished', check, path: state.path, words: `${check} writes its ${state.format} report ${state.path} on the base, and did not write it here` }];
    return [{ setting: 'missing', check, path: state.path, words: `${check} did not write its ${state.format} report ${state.path}, here or on the base` }];
  });
  const emptied: readonly Trouble[] = now.coverageFiles === 0 && (before?.coverageFiles ?? 0) > 0 && fromStates.length === 0
    ? [{ setting: 'vanished', check, path: '', words: `the coverage report of ${check} speaks of ${before?.coverageFiles ?? 0} files on the base and of none here` }] : [];
  const cut: readonly Trouble[] = now.issuesLeftOut > 0
    ? [{ setting: 'broken', check, path: '', words: `${check} reports ${now.issuesLeftOut} more issues than can be compared with the base` }] : [];
  return [...fromStates, ...emptied, ...cut];
}

/** A check that had reports on the base and brought none here, though it had a reason to run. */
function goneChecks(reports: ReportFacts): readonly Trouble[] {
  const here = new Set<string>(reports.candidate.map(({ check }) => check));
  return reports.base.filter(({ check, states }) => !here.has(check) && !reports.idle.includes(check) && states.some(({ state }) => state === 'read')).map(({ check, states }): Trouble => ({
    setting: 'vanished', check, path: states[0]?.path ?? '', words: `${check} did not run to its end here, and its reports (${states.map(({ format }) => format).join(', ')}) are missing`,
  }));
}

function settingNode(config: QualityConfig, setting: Setting, troubles: readonly Trouble[]): VerdictNode {
  const rule = `reports-${setting}`;
  if (config.reports[setting] === 'off') return offNode(rule);
  if (troubles.length === 0) return { rule, effect: 'allow', words: `no report is ${setting}` };
  return {
    rule, effect: effectOf(config.reports[setting]), words: troubles.slice(0, 3).map(({ words }) => words).join('; ') + (troubles.length > 3 ? `; and ${troubles.length - 3} more` : ''),
    values: { count: troubles.length, reports: troubles.slice(0, SHOWN_MAX).map(({ words }) => words) },
    findings: troubles.slice(0, SHOWN_MAX).map(({ words, check, path }) => gateFinding('quality.reports', { identity: [setting, check, path], severity: 'error', name: rule, message: words })),
  };
}
