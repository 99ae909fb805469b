import { err, ok, type Result } from '../kit/result.js';
import type { CelCondition } from './cel.js';
import { composePolicy, type Composition, type Layer, type NamedRule, type PolicyProblem } from './compose.js';
import { compileMatch, type Condition } from './conditions.js';
import type { PolicyDocument, ResolvedSource } from './rule-schema.js';
import { compileServices, type ServiceMap } from './services.js';

export interface CompiledRule extends NamedRule { readonly match: Condition; readonly when: CelCondition | undefined }

export interface CompiledLayer extends Omit<Layer, 'rules' | 'services'> {
  readonly rules: readonly CompiledRule[];
  readonly services: ServiceMap;
}

/** A policy that is ready to be asked: everything that can be wrong in it has been looked at. */
export interface CompiledPolicy { readonly layers: readonly CompiledLayer[]; readonly sources: Composition['sources'] }

/**
 * Composes and compiles a policy. All problems are given at once, each with its place in its own document. Expressions are
 * compiled with their types; the library for them is loaded when the first rule has one.
 */
export async function compilePolicy(own: PolicyDocument, resolved: readonly ResolvedSource[]): Promise<Result<CompiledPolicy, readonly PolicyProblem[]>> {
  const composed = composePolicy(own, resolved);
  if (!composed.ok) return composed;
  const problems: PolicyProblem[] = [];
  const layers: CompiledLayer[] = [];
  for (const layer of composed.value.layers) {
    const rules: CompiledRule[] = [];
    for (const rule of layer.rules) {
      const when = await conditionOf(rule);
      if (when.ok) rules.push({ ...rule, match: compileMatch(rule.rule.match ?? { files: 'some' }, rule.rule.effect !== 'allow'), when: when.value });
      else problems.push(when.error);
    }
    layers.push({ ...layer, rules, services: compileServices(layer.services) });
  }
  return problems.length > 0 ? err(problems) : ok({ layers, sources: composed.value.sources });
}

/** Nothing to ask: no rule, no floor. Its verdict would be a node about nothing. */
export function isEmptyPolicy(policy: CompiledPolicy): boolean {
  return policy.layers.every((layer) => layer.rules.length === 0 && layer.default === 'allow');
}

async function conditionOf({ rule, source, index }: NamedRule): Promise<Result<CelCondition | undefined, PolicyProblem>> {
  if (rule.when === undefined) return ok(undefined);
  const { compileCel } = await import('./cel.js');
  const compiled = await compileCel(rule.when);
  if (compiled.ok) return compiled;
  return err({ source, path: ['rules', index, 'when'], message: compiled.error.message, offset: compiled.error.offset });
}
