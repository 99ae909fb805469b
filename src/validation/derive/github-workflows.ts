import type { CheckId } from '../../domain/ids.js';
import { asList, asMap, asText, boundedYaml, type YamlMap } from './bounded-yaml.js';
import { cleanFolder, type DerivedPlan, type RepositoryFiles } from './derived-plan.js';
import { deriveSteps, type ScriptStep } from './script-steps.js';

const WORKFLOWS_MAX = 20;
const JOBS_MAX = 40;

/** Adds the `run:` lines of workflows that judge pushes or pull requests. A matrix job counts once. */
export function deriveGithubWorkflows(input: { readonly files: RepositoryFiles; readonly workdir: string; readonly plan: DerivedPlan; readonly needs: readonly CheckId[] }): void {
  const { files, plan } = input;
  for (const path of workflowPaths(files.list())) {
    const text = files.read(path);
    if (text === undefined) continue;
    const parsed = boundedYaml(text);
    if (!parsed.ok) {
      plan.skip(path, parsed.error);
      continue;
    }
    const workflow = asMap(parsed.value);
    // YAML 1.1 readers make the key `on` a boolean.
    const refusal = triggerRefusal(workflow['on'] ?? workflow['true']);
    if (refusal !== undefined) {
      plan.skip(path, refusal);
      continue;
    }
    for (const [name, job] of Object.entries(asMap(workflow['jobs'])).slice(0, JOBS_MAX)) {
      const origin = `${path} jobs.${name}`;
      const why = jobRefusal(name, asMap(job));
      if (why !== undefined) plan.skip(origin, why);
      else deriveSteps({ steps: stepsOf({ workflow, job: asMap(job), origin, workdir: input.workdir, plan }), plan, needs: input.needs });
    }
  }
}

export function workflowPaths(paths: readonly string[]): readonly string[] {
  return paths.filter((path) => /^\.github\/workflows\/[^/]+\.ya?ml$/.test(path)).sort().slice(0, WORKFLOWS_MAX);
}

function triggerRefusal(on: unknown): string | undefined {
  const names = typeof on === 'string' ? [on] : Array.isArray(on) ? on.filter((name) => typeof name === 'string') : Object.keys(asMap(on));
  if (names.includes('pull_request') || names.includes('merge_group')) return undefined;
  if (!names.includes('push')) return 'it does not run on push or pull_request';
  const push = asMap(asMap(on)['push']);
  if (push['tags'] !== undefined && push['branches'] === undefined) return 'it runs on tags only';
  return undefined;
}

function jobRefusal(name: string, job: YamlMap): string | undefined {
  if (job['uses'] !== undefined) return 'it calls another workflow';
  if (job['environment'] !== undefined) return 'it is bound to a deployment environment';
  if (job['if'] !== undefined) return 'it runs only under a condition';
  if (job['services'] !== undefined) return 'it needs service containers, and the sandbox has none';
  if (/deploy|publish|release/i.test(`${name} ${asText(job['name']) ?? ''}`)) return 'it deploys, publishes or releases by its name';
  if (/^(?:windows|macos)/.test(asText(job['runs-on']) ?? '')) return 'it runs on another operating system';
  return undefined;
}

function stepsOf(input: { readonly workflow: YamlMap; readonly job: YamlMap; readonly origin: string; readonly workdir: string; readonly plan: DerivedPlan }): readonly ScriptStep[] {
  const { workflow, job, plan } = input;
  const defaults = { ...asMap(asMap(workflow['defaults'])['run']), ...asMap(asMap(job['defaults'])['run']) };
  const outerEnv = { ...asMap(workflow['env']), ...asMap(job['env']) };
  const steps: ScriptStep[] = [];
  asList(job['steps']).slice(0, 100).forEach((raw, index) => {
    const step = asMap(raw);
    const text = asText(step['run']);
    if (text === undefined) return;
    const origin = `${input.origin}.steps[${index}]`;
    const workdir = cleanFolder(asText(step['working-directory']) ?? asText(defaults['working-directory']) ?? '');
    const env = plainEnv({ ...outerEnv, ...asMap(step['env']) }, asMap(step['env']));
    const why = stepRefusal({ step, text, shell: asText(step['shell']) ?? asText(defaults['shell']), workdir, bound: input.workdir });
    if (why !== undefined || workdir === undefined) plan.skip(origin, why ?? 'its folder leaves the repository');
    else if (env === undefined) plan.skip(origin, 'its environment uses an expression of the CI system');
    else steps.push({ text, name: asText(step['name']), workdir, origin, env });
  });
  return steps;
}

function stepRefusal(input: { readonly step: YamlMap; readonly text: string; readonly shell: string | undefined; readonly workdir: string | undefined; readonly bound: string }): string | undefined {
  const { step, workdir, bound } = input;
  if (input.text.length > 20_000) return 'it is too long';
  if (workdir === undefined || workdir.includes('${{')) return 'its folder is not a plain folder of the repository';
  if (bound !== '' && workdir !== bound && !workdir.startsWith(`${bound}/`)) return `it runs outside ${bound}`;
  const condition = asText(step['if']);
  if (step['if'] !== undefined && !/^(?:\$\{\{\s*)?(?:always|success)\(\)(?:\s*\}\})?$/.test((condition ?? '').trim())) return 'it runs only under a condition';
  if (input.shell !== undefined && !/^(?:bash|sh)(?:\s|$)/.test(input.shell)) return `its shell is ${input.shell.slice(0, 20)}`;
  if (step['continue-on-error'] === true) return 'its failure is ignored by the repository itself';
  return undefined;
}

/** Plain values only. An expression in the step's own variables refuses the step; one from further out is left away. */
function plainEnv(all: YamlMap, own: YamlMap): Readonly<Record<string, string>> | undefined {
  if (Object.values(own).some((value) => typeof value === 'string' && value.includes('${{'))) return undefined;
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(all).slice(0, 50)) {
    if (!/^[A-Za-z_]\w{0,99}$/.test(name) || name === 'PATH' || name === 'HOME') continue;
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') continue;
    const text = String(value);
    if (!text.includes('${{') && !text.includes('\n') && text.length <= 1000) env[name] = text;
  }
  return env;
}
