import type { VerdictNode } from '../../domain/verdict.js';
import type { Gate, GateInput } from '../gate-facts.js';
import { coverageRule } from './coverage-rule.js';
import { issuesRule } from './issue-rules.js';
import { newCode } from './new-code.js';
import { groupNode } from './nodes.js';
import type { QualityFacts } from './quality-facts.js';
import { reportsRule } from './reports-rule.js';

/** The quality gate on new code: one node for each rule, whose words and places say what a person or the next attempt can mend. */
export const quality: Gate = async (input) => {
  const facts = input.quality;
  if (facts === undefined) return { rule: 'quality', effect: 'allow', words: 'the quality of new code was not judged here' };
  const children = await rules(input, facts);
  return groupNode('quality', [...children, ...facts.external], 'the new code keeps the quality profile');
};

async function rules(input: GateInput, facts: QualityFacts): Promise<readonly VerdictNode[]> {
  const config = input.config.gates.quality;
  const { textOf } = input;
  const code = await newCode({ candidate: input.candidate, patch: facts.patch, textOf });
  return reportRules();

  async function reportRules(): Promise<readonly VerdictNode[]> {
    const { reports } = facts;
    if (reports === undefined) return [{ rule: 'reports', effect: 'allow', words: 'issues and coverage were judged by the job that ran the checks' }];
    const paths = async (): Promise<readonly string[]> => (await facts.list('candidate')).map(({ path }) => path);
    const nodes = [reportsRule(config, reports), await issuesRule({ config, reports, code, textOf }), await coverageRule({ config, reports, code, paths })];
    return facts.holdsAreDenials ? nodes.map(denied) : nodes;
  }
}

/** See `QualityFacts.holdsAreDenials`. */
function denied(node: VerdictNode): VerdictNode {
  const children = node.children?.map(denied);
  const tightened = { ...node, ...(children === undefined ? {} : { children }) };
  if (node.effect !== 'hold') return tightened;
  return { ...tightened, effect: 'deny', words: children === undefined ? `${node.words} (refused, since the job that delivers has no reports and could not ask; set the rule to note or deny)` : node.words };
}
