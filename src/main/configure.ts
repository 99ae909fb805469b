import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { configProblemText, loadConfiguration, type LoadedConfiguration, type Override } from '../config/load.js';
import { OPTIONS } from '../config/options.js';
import type { CommitSha } from '../domain/ids.js';
import { err, ok, type Result } from '../kit/result.js';
import type { Workspace } from '../ports/workspace.js';
import { option, type Invocation } from './invocation.js';
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
  if (loaded.ok) return loaded;
  return err(usageProblem(`The configuration is not valid:\n${loaded.error.map((problem) => `  ${configProblemText(problem)}`).join('\n')}\nEvery setting is described in docs/reference/configuration.md and by \`heddle schema configuration\`.`));
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
