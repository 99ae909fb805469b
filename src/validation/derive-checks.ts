import type { Configuration } from '../config/configuration.js';
import type { CheckDefinition } from '../domain/check.js';
import { err, ok, type Result } from '../kit/result.js';
import { configuredChecks } from './configured-checks.js';
import { DerivedPlan, cleanFolder, joinPath, type Explanation, type RepositoryFiles } from './derive/derived-plan.js';
import { deriveGithubWorkflows, workflowPaths } from './derive/github-workflows.js';
import { deriveGitlabCi } from './derive/gitlab-ci.js';
import { deriveLanguageDefaults } from './derive/language-defaults.js';
import { deriveMakeTargets } from './derive/make-targets.js';
import { derivePackageScripts } from './derive/package-scripts.js';

export type { Explanation, RepositoryFiles } from './derive/derived-plan.js';

export interface DeriveInput {
  /** The BASE commit. `read` need only know the paths of `checkSources`. */
  readonly files: RepositoryFiles;
  readonly config: Configuration;
  /** Sub-folder the work is bound to; '' is the whole repository. */
  readonly workdir: string;
  readonly checkTimeoutMs: number;
}

export interface DerivedChecks { readonly checks: CheckDefinition[]; readonly explanation: Explanation[] }

/**
 * The validation graph of a repository: exactly `checks:` when configured, else what the repository says about itself
 * (package scripts, make targets, its own CI lines), else what its toolchain runs by convention. No checks at all is a
 * valid answer; admission and the gates decide what that means. A mistake in the configuration is the error.
 */
export function deriveChecks(input: DeriveInput): Result<DerivedChecks, { readonly message: string }> {
  const configured = input.config.checks;
  if (configured !== undefined) {
    const checks = configuredChecks(configured, input.checkTimeoutMs);
    if (!checks.ok) return checks;
    return ok({ checks: checks.value, explanation: checks.value.map((check) => ({ origin: check.origin, decision: 'used', why: 'it is configured' })) });
  }
  const workdir = cleanFolder(input.workdir);
  if (workdir === undefined) return err({ message: `.heddle.yml: workdir: '${input.workdir}' is not a folder below the repository root. Write it like packages/api.` });
  const { files } = input;
  const plan = new DerivedPlan({ timeoutMs: input.checkTimeoutMs, setupNetwork: input.config.sandbox.setup_network });
  const install = derivePackageScripts(files, workdir, plan);
  const needs = install === undefined ? [] : [install];
  deriveMakeTargets({ files, workdir, plan, needs });
  deriveGithubWorkflows({ files, workdir, plan, needs });
  deriveGitlabCi({ files, workdir, plan, needs });
  if (!plan.hasChecks()) deriveLanguageDefaults(files, workdir, plan);
  if (!plan.hasChecks()) plan.skip(workdir === '' ? 'repository' : workdir, 'no check was found; name one under checks: in .heddle.yml');
  return ok({ checks: plan.checks, explanation: plan.explanation });
}

/** The paths among `paths` that `deriveChecks` may read, so that a caller with a slow reader can fetch just these. */
export function checkSources(paths: readonly string[], workdir: string): readonly string[] {
  const folder = cleanFolder(workdir) ?? '';
  const names = ['package.json', 'Makefile', 'makefile', 'GNUmakefile', 'pyproject.toml', 'setup.py', 'setup.cfg', 'tox.ini',
    'requirements.txt', 'requirements-dev.txt', 'dev-requirements.txt', 'requirements-test.txt'];
  const wanted = new Set([...names.map((name) => joinPath(folder, name)), '.gitlab-ci.yml', ...workflowPaths(paths)]);
  return paths.filter((path) => wanted.has(path));
}
