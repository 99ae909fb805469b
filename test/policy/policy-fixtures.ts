import { Actor } from '../../src/domain/actor.js';
import { CommitSha } from '../../src/domain/ids.js';
import type { FileChange } from '../../src/domain/candidate.js';
import { compilePolicy, type CompiledPolicy } from '../../src/policy/compile.js';
import { evaluatePolicy, type PolicyVerdict } from '../../src/policy/evaluate.js';
import type { PolicyFacts } from '../../src/policy/facts.js';
import { changeFacts } from '../../src/policy/gather-facts.js';
import { builtInPreset } from '../../src/policy/presets/built-in.js';
import type { Preset } from '../../src/policy/presets/preset.js';
import { PolicyDocument, type ResolvedSource } from '../../src/policy/rule-schema.js';
import { BUILT_IN_PRESETS } from '../../src/policy/source-name.js';

export type FileInput = string | (Partial<FileChange> & { readonly path: string });
export type FactsInput = Omit<Partial<PolicyFacts>, 'change'> & { readonly files?: readonly FileInput[]; readonly codeowners?: readonly { readonly pattern: string; readonly owners: readonly string[] }[]; readonly labels?: readonly string[]; readonly bytes?: number };

export function person(login: string, kind: Actor['kind'] = 'human'): Actor {
  return Actor.parse({ login, id: login, kind });
}

export function fileOf(input: FileInput): FileChange {
  return { status: 'modified', oldMode: '100644', newMode: '100644', additions: 1, deletions: 0, binary: false, ...(typeof input === 'string' ? { path: input } : input) };
}

/** Facts of an ordinary run, with what a case is about. */
export function factsOf({ files = ['src/a.ts'], codeowners = [], labels = ['heddle'], bytes = 100, ...more }: FactsInput = {}): PolicyFacts {
  return {
    change: changeFacts({ files: files.map(fileOf), bytes, owners: codeowners }),
    ticket: { tracker: 'github', key: 'acme/shop#12', labels, author: person('maria') },
    requester: person('maria'), approvers: [], agent: 'builtin', model: 'claude-sonnet-4-5', attempts: 1, stops: [], gates: [], checks: [], overrides: [], ...more,
  };
}

export const BUILT_IN: readonly ResolvedSource[] = BUILT_IN_PRESETS.map((name) => ({ name: `heddle:${name}`, document: builtInPreset(name) }));

/** A source of an organisation, as it would have been read from its repository. */
export function source(name: string, document: Preset): ResolvedSource {
  return { name: `https://git.example/acme/policies.git@${'a'.repeat(40)}:${name}`, commit: CommitSha.parse('a'.repeat(40)), document: PolicyDocument.parse(document) };
}

export async function compiled(document: Preset, sources: readonly ResolvedSource[] = []): Promise<CompiledPolicy> {
  const result = await compilePolicy(PolicyDocument.parse(document), [...BUILT_IN, ...sources]);
  if (!result.ok) throw new Error(result.error.map(({ source: from, path, message }) => `${from ?? 'own'} ${path.join('.')}: ${message}`).join('\n'));
  return result.value;
}

export async function problemsOf(document: Preset, sources: readonly ResolvedSource[] = []): Promise<readonly string[]> {
  const result = await compilePolicy(PolicyDocument.parse(document), [...BUILT_IN, ...sources]);
  return result.ok ? [] : result.error.map(({ path, message, offset }) => `${path.join('.')}${offset === undefined ? '' : `@${offset}`}: ${message}`);
}

export async function judged(document: Preset, facts: FactsInput = {}, sources: readonly ResolvedSource[] = []): Promise<PolicyVerdict> {
  return evaluatePolicy(await compiled(document, sources), factsOf(facts));
}
