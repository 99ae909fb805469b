import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { configProblemText, readDocument, type ConfigProblem, type ReadDocument } from '../../config/read-document.js';
import type { PolicyConfig } from '../../config/policy-config.js';
import { err, ok, type Result } from '../../kit/result.js';
import { compilePolicy } from '../../policy/compile.js';
import { missingSources, type PolicyProblem } from '../../policy/compose.js';
import { PolicyDocument, type ResolvedSource } from '../../policy/rule-schema.js';
import { parseSource, type PolicySource } from '../../policy/source-name.js';
import { faultProblem, usageProblem, type Problem } from '../problem.js';

/** Where sources are read from. */
export interface SourceReaders {
  /** A file of the repository, from the same commit as the configuration; undefined when there is none. */
  readonly file: (path: string) => Promise<string | undefined>;
  /** A token for repositories of this server, when there is one. */
  readonly token?: { readonly value: string; readonly server: string } | undefined;
}

export interface PolicyInput {
  readonly policy: PolicyConfig;
  /** The place of a setting below `policy`, in the file it stands in. */
  readonly locate: (path: readonly (string | number)[], offset?: number) => Pick<ConfigProblem, 'file' | 'line' | 'column'>;
  readonly readers: SourceReaders;
}

const SOURCES_MAX = 30;

type Locator = PolicyInput['locate'];

/**
 * Reads everything that a policy extends or stands on, each source once, and looks the whole of it through: what is wrong is told
 * with file, line and column, in whichever file it stands. The answer holds what was read, so that nothing is read a second time.
 */
export async function resolvePolicy({ policy, locate, readers }: PolicyInput): Promise<Result<PolicyConfig, Problem>> {
  const resolved: ResolvedSource[] = [];
  const places = new Map<string, Locator>();
  let missing = missingSources(policy, resolved);
  while (missing.length > 0) {
    for (const name of missing) {
      if (resolved.length >= SOURCES_MAX) return err(usageProblem(`The policy stands on more than ${SOURCES_MAX} presets.`));
      const read = await readSource(name, readers);
      if (!read.ok) return err({ ...read.error, message: `${at(locate, policy, name)}${read.error.message}` });
      resolved.push(read.value.source);
      if (read.value.locate !== undefined) places.set(name, read.value.locate);
    }
    missing = missingSources(policy, resolved);
  }
  const compiled = await compilePolicy(policy, resolved);
  if (!compiled.ok) return err(policyProblems(compiled.error, { locate, places }));
  return ok({ ...policy, resolved });
}

function at(locate: Locator, policy: PolicyConfig, name: string): string {
  const key = policy.extends.includes(name) ? 'extends' : 'floor';
  const index = policy[key].indexOf(name);
  return index < 0 ? `${name}: ` : configProblemText({ ...locate([key, index]), setting: `policy.${key}.${index}`, message: '' });
}

/** Each problem at its place, in the words of a configuration's problems. */
export function policyProblems(problems: readonly PolicyProblem[], where: { readonly locate: Locator; readonly places: ReadonlyMap<string, Locator> }): Problem {
  const lines = problems.map(({ source, path: place, message, offset }) => {
    const locate = source === undefined ? where.locate : where.places.get(source);
    const setting = [...(source === undefined ? ['policy'] : []), ...place].join('.');
    return `  ${configProblemText({ ...(locate?.(place, offset) ?? { file: source ?? '', line: 1, column: 1 }), setting, message })}`;
  });
  return usageProblem(`The policy is not valid:\n${lines.join('\n')}\nHow rules are written stands in docs/policy.md.`);
}

interface ReadSource { readonly source: ResolvedSource; readonly locate?: Locator }

async function readSource(name: string, readers: SourceReaders): Promise<Result<ReadSource, Problem>> {
  const parsed = parseSource(name);
  if (!parsed.ok) return err(usageProblem(`${name}: ${parsed.error}`));
  switch (parsed.value.kind) {
    case 'built-in': {
      const { builtInPreset } = await import('../../policy/presets/built-in.js');
      return ok({ source: { name, document: builtInPreset(parsed.value.name) } });
    }
    case 'file': {
      const text = await readers.file(parsed.value.path);
      return text === undefined ? err(usageProblem(`there is no file ${parsed.value.path} in the repository`)) : parseText(name, { text, file: parsed.value.path });
    }
    default: return readGit(name, parsed.value, readers);
  }
}

async function readGit(name: string, source: Extract<PolicySource, { kind: 'git' }>, { token }: SourceReaders): Promise<Result<ReadSource, Problem>> {
  const { readPinnedFile } = await import('../../adapters/workspace/git/pinned-file.js');
  const scratch = await mkdtemp(path.join(tmpdir(), 'heddle-policy-'));
  try {
    const sent = token !== undefined && source.url.startsWith(`${token.server}/`) ? token.value : undefined;
    const read = await readPinnedFile({ url: source.url, ref: source.ref, path: source.path, scratch, token: sent });
    if (!read.ok) return err(faultProblem(read.error));
    const parsed = parseText(name, { text: read.value.text, file: `${name.slice(0, name.lastIndexOf('@'))}@${read.value.commit.slice(0, 12)}:${source.path}` }, read.value.commit);
    // `./` would be a file of the repository that is judged: whoever writes there must not write into a preset of others.
    const inside = parsed.ok ? [...parsed.value.source.document.extends, ...parsed.value.source.document.floor].find((one) => one.startsWith('./')) : undefined;
    return inside === undefined ? parsed : err(usageProblem(`the preset ${name} names ${inside}; a preset of another repository names its presets by their repository and commit`));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function parseText(name: string, source: { readonly text: string; readonly file: string }, commit?: string): Result<ReadSource, Problem> {
  const read: Result<ReadDocument<PolicyDocument>, readonly ConfigProblem[]> = readDocument(source, PolicyDocument);
  if (!read.ok) return err(usageProblem(`the preset ${name} is not valid:\n${read.error.map((problem) => `  ${configProblemText(problem)}`).join('\n')}`));
  return ok({ source: { name, ...(commit === undefined ? {} : { commit }), document: read.value.data }, locate: read.value.locate });
}
