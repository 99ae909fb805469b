import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { configProblemText, loadConfiguration, type ConfigProblem, type LoadedConfiguration, type Override } from '../config/load.js';
import { OPTIONS } from '../config/options.js';
import { digestOfJson } from '../domain/digest.js';
import type { CommitSha } from '../domain/ids.js';
import { err, ok, type Result } from '../kit/result.js';
import type { Workspace } from '../ports/workspace.js';
import { option, type Invocation } from './invocation.js';
import type { SourceReaders } from './policy/resolve-policy.js';
import { usageProblem, type Problem } from './problem.js';

const CONFIG_BYTES_MAX = 1024 * 1024;
const DEFAULT_FILE = '.heddle.yml';

/**
 * The effective configuration: the file as it stands at the pinned commit (or the one that `--config` names), beaten by flags
 * and inputs. Never a file of the working tree by default: an agent, or an uncommitted edit, must not steer the policy.
 */
export async function configure(invocation: Invocation, workspace: Workspace, commit: CommitSha): Promise<Result<LoadedConfiguration, Problem>> {
  const named = option(invocation, 'config');
  const source = named === undefined ? await committed(workspace, commit) : await onDisk(path.resolve(invocation.cwd, named), named);
  if (!source.ok) return source;
  const loaded = loadConfiguration(source.value, overridesOf(invocation));
  if (!loaded.ok) return err(usageProblem(`The configuration is not valid:\n${loaded.error.map((problem) => `  ${configProblemText(problem)}`).join('\n')}\nEvery setting is described in docs/reference/configuration.md and by \`heddle schema configuration\`.`));
  return withPolicy(loaded.value, policyReaders(invocation, async (file) => workspace.read(commit, file)), floorsOf(invocation));
}

/** Reads what the policy stands on, and binds the digest of the configuration to it. */
export async function withPolicy(loaded: LoadedConfiguration, readers: SourceReaders, floors: readonly string[]): Promise<Result<LoadedConfiguration, Problem>> {
  const { config, locate } = loaded;
  const { policy } = config;
  if (policy.resolved.length > 0) return err(usageProblem(`${configProblemText({ ...placed(locate, ['resolved']), setting: 'policy.resolved', message: 'is written by Heddle and is not for this file; name presets in policy.extends' })}`));
  const wanted = { ...policy, floor: [...new Set([...floors, ...policy.floor])] };
  if (wanted.floor.length === 0 && policy.extends.length === 0 && policy.rules.length === 0 && policy.disable.length === 0) return ok(loaded);
  const { resolvePolicy } = await import('./policy/resolve-policy.js');
  const resolved = await resolvePolicy({ policy: wanted, readers, locate: (path, offset) => placed(locate, path, offset) });
  if (!resolved.ok) return resolved;
  const effective = { ...config, policy: resolved.value };
  return ok({ ...loaded, config: effective, digest: digestOfJson(effective) });
}

function placed(locate: LoadedConfiguration['locate'], path: readonly (string | number)[], offset?: number): Pick<ConfigProblem, 'file' | 'line' | 'column'> {
  return locate?.(['policy', ...path], offset) ?? { file: 'configuration', line: 1, column: 1 };
}

/** Floors that stand outside of the repository: whoever writes its files cannot take them away. */
export function floorsOf(invocation: Pick<Invocation, 'options'>): readonly string[] {
  return [process.env['HEDDLE_POLICY_FLOOR'], invocation.options.get('policy-floor')].flatMap((value) => (value === undefined || value.trim() === '' ? [] : value.trim().split(/\s+/)));
}

/** Sources are read with the token of the forge, from its own server alone. */
export function policyReaders(invocation: Pick<Invocation, 'forge' | 'secrets'>, read: (file: string) => Promise<Uint8Array | undefined>): SourceReaders {
  const { forge, secrets } = invocation;
  const token = forge?.id === 'gitlab' ? secrets['gitlab-token'] : forge?.id === 'gitea' ? secrets['gitea-token'] ?? secrets['github-token'] : secrets['github-token'];
  return {
    ...(token === undefined ? {} : { token: { value: token, server: forge?.serverUrl ?? 'https://github.com' } }),
    file: async (file) => {
      const bytes = await read(file);
      return bytes === undefined || bytes.length > CONFIG_BYTES_MAX ? undefined : Buffer.from(bytes).toString('utf8');
    },
  };
}

async function committed(workspace: Workspace, commit: CommitSha): Promise<Result<{ text: string; file: string } | undefined, Problem>> {
  const bytes = await workspace.read(commit, DEFAULT_FILE);
  if (bytes === undefined) return ok(undefined);
  return sized(bytes, DEFAULT_FILE);
}

async function onDisk(file: string, named: string): Promise<Result<{ text: string; file: string }, Problem>> {
  try {
    return sized(await readFile(file), named);
  } catch (error) {
    return err(usageProblem(`The configuration file ${named} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'}). Give an existing file to --config, or leave it out to use ${DEFAULT_FILE} of the base commit.`));
  }
}

function sized(bytes: Uint8Array, file: string): Result<{ text: string; file: string }, Problem> {
  if (bytes.length > CONFIG_BYTES_MAX) return err(usageProblem(`${file} has ${bytes.length} bytes; a configuration has at most ${CONFIG_BYTES_MAX}.`));
  return ok({ text: Buffer.from(bytes).toString('utf8'), file });
}

function overridesOf(invocation: Invocation): Override[] {
  return OPTIONS.flatMap((spec) => {
    const value = option(invocation, spec.name);
    if (spec.setting === undefined || value === undefined) return [];
    return [{ setting: spec.setting, value: spec.kind === 'number' ? Number(value) : value, origin: `--${spec.name}` }];
  });
}
