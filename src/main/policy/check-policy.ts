import { ok, type Result } from '../../kit/result.js';
import type { Arguments } from '../arguments.js';
import type { Problem } from '../problem.js';
import type { PolicyAnswer } from './policy-answer.js';
import { compiledPolicy, policyOnDisk } from './policy-place.js';

/** `heddle policy check [FILE]`: reads the policy with all it stands on and says what is wrong with it, or what it is made of. */
export async function checkPolicy(given: Arguments): Promise<Result<PolicyAnswer, Problem>> {
  const opened = await policyOnDisk(given, given.positionals[1]);
  if (!opened.ok) return opened;
  const { layers, sources } = await compiledPolicy(opened.value);
  const rows = layers.map((layer) => ({ name: layer.name, kind: layer.kind, default: layer.default, rules: layer.rules.length, off: layer.rules.filter(({ off }) => off).map(({ name }) => name) }));
  const text = [
    `${opened.value.file}: the policy is valid`,
    ...rows.map((row) => `  ${row.kind === 'floor' ? `floor ${row.name}` : 'policy'}: ${row.rules} ${row.rules === 1 ? 'rule' : 'rules'}, default ${row.default}${row.off.length === 0 ? '' : `; off: ${row.off.join(', ')}`}`),
    ...sources.map(({ name, commit, digest }) => `  from ${name}${commit === undefined ? '' : ` (commit ${commit})`}, ${digest}`),
  ].join('\n');
  return ok({ text, json: { ok: true, file: opened.value.file, layers: rows, sources }, passed: true });
}
