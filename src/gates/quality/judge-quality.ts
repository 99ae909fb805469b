import type { VerdictNode } from '../../domain/verdict.js';
import type { Gate, GateInput } from '../gate-facts.js';
import { complexityRule } from './complexity-rule.js';
import { coverageRule } from './coverage-rule.js';
import { dependencyRule } from './dependencies/dependency-rule.js';
import { duplicationRule } from './duplication-rule.js';
import { issuesRule } from './issue-rules.js';
import { newCode, type NewCode } from './new-code.js';
import { groupNode } from './nodes.js';
import type { QualityFacts, ReportFacts } from './quality-facts.js';
import { reportsRule } from './reports-rule.js';

/** The quality gate on new code: one node for each rule, whose words and places say what a person or the next attempt can mend. */
export const quality: Gate = async (input) => {
  const { candidate, textOf } = input;
  const facts = input.quality;
  if (facts === undefined) return { rule: 'quality', effect: 'allow', words: 'the quality of new code was not judged here' };
  const config = input.config.gates.quality;
  const code = await newCode({ candidate, patch: facts.patch, textOf });
  const children = [
    ...await reportNodes(input, facts, code),
    await duplicationRule(config, code, { list: async () => facts.list('candidate'), textOf }),
    await complexityRule(config, code, textOf),
    await dependencyRule({ config, candidate, textOf, base: facts.reports?.base ?? [] }),
    ...facts.external,
  ];
  return groupNode('quality', children, 'the new code keeps the quality profile');
};

async function reportNodes(input: GateInput, facts: QualityFacts, code: NewCode): Promise<readonly VerdictNode[]> {
  const { reports } = facts;
  if (reports === undefined) return [{ rule: 'reports', effect: 'allow', words: 'issues and coverage were judged by the job that ran the checks' }];
  const nodes = await nodesOf(input, facts, { reports, code });
  return facts.holdsAreDenials ? nodes.map(denied) : nodes;
}

async function nodesOf(input: GateInput, facts: QualityFacts, { reports, code }: { readonly reports: ReportFacts; readonly code: NewCode }): Promise<readonly VerdictNode[]> {
  const config = input.config.gates.quality;
  const paths = async (): Promise<readonly string[]> => (await facts.list('candidate')).map(({ path }) => path);
  return [reportsRule(config, reports), await issuesRule({ config, reports, code, textOf: input.textOf }), await coverageRule({ config, reports, code, paths })];
}

/** See `QualityFacts.holdsAreDenials`. */
function denied(node: VerdictNode): VerdictNode {
  const children = node.children?.map(denied);
  const tightened = { ...node, ...(children === undefined ? {} : { children }) };
  if (node.effect !== 'hold') return tightened;
  return { ...tightened, effect: 'deny', words: children === undefined ? `${node.words} (refused, since the job that delivers has no reports and could not ask; set the rule to note or deny)` : node.words };
}
