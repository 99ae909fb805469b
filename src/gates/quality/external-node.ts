import type { ExternalGateConfig } from '../../config/quality-config.js';
import type { Fault } from '../../domain/fault.js';
import type { VerdictNode } from '../../domain/verdict.js';
import type { Result } from '../../kit/result.js';
import type { QualityGateAnswer } from '../../domain/quality-gate.js';
import { effectOf, offNode } from './nodes.js';

/** What another service said, as a node like any other. No answer is never a yes. */
export function externalNode(config: ExternalGateConfig, answer: Result<QualityGateAnswer, Fault>): VerdictNode {
  const rule = ruleOf(config);
  if (!answer.ok) return unanswered(config, rule, answer.error.message);
  const { status, conditions, about } = answer.value;
  if (status === 'none') return unanswered(config, rule, config.kind === 'check' ? `there is no such check on ${about}` : `it has no quality gate for ${about}`);
  const values = { status, about, conditions: conditions.slice(0, 50).map(({ metric, passed, actual, threshold }) => `${metric}: ${actual} (${threshold}) ${passed ? 'passed' : 'failed'}`) };
  if (status === 'passed') return { rule, effect: 'allow', words: `${nameOf(config)} passed for ${about}`, values };
  if (config.failed === 'off') return offNode(rule);
  const failed = conditions.filter(({ passed }) => !passed).map(({ metric, actual, threshold }) => `${metric} is ${actual}, wanted ${threshold}`);
  return { rule, effect: effectOf(config.failed), words: `${nameOf(config)} failed for ${about}${failed.length === 0 ? '' : `: ${failed.slice(0, 5).join('; ')}`}`, values };
}

function unanswered(config: ExternalGateConfig, rule: string, why: string): VerdictNode {
  if (config.unanswered === 'off') return offNode(rule);
  return { rule, effect: effectOf(config.unanswered), words: `${nameOf(config)} gave no answer: ${why}` };
}

/** One name for each check, so that a person can lift one and not the others. */
function ruleOf(config: ExternalGateConfig): string {
  return config.kind === 'check' ? `external-check/${config.name.replace(/[^A-Za-z0-9._-]+/g, '-')}` : `external-${config.kind}`;
}

function nameOf(config: ExternalGateConfig): string {
  return config.kind === 'check' ? `the check «${config.name}» of the repository` : `the quality gate of ${config.project}`;
}
