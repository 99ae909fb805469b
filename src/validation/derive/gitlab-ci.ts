import type { CheckId } from '../../domain/ids.js';
import { asList, asMap, asText, boundedYaml, type YamlMap } from './bounded-yaml.js';
import type { DerivedPlan, RepositoryFiles } from './derived-plan.js';
import { deriveSteps, type ScriptStep } from './script-steps.js';

const NOT_JOBS = new Set(['default', 'include', 'stages', 'variables', 'workflow', 'image', 'services', 'cache', 'before_script', 'after_script', 'spec', 'pages']);

/** Adds the `script:` lines of `.gitlab-ci.yml`. Includes and `extends` are not followed: they may come from elsewhere. */
export function deriveGitlabCi(input: { readonly files: RepositoryFiles; readonly workdir: string; readonly plan: DerivedPlan; readonly needs: readonly CheckId[] }): void {
  const { files, plan } = input;
  const path = '.gitlab-ci.yml';
  const text = files.read(path);
  if (text === undefined) return;
  const parsed = boundedYaml(text);
  if (!parsed.ok) {
    plan.skip(path, parsed.error);
    return;
  }
  const pipeline = asMap(parsed.value);
  const before = pipeline['before_script'] ?? asMap(pipeline['default'])['before_script'];
  for (const [name, raw] of Object.entries(pipeline).slice(0, 100)) {
    if (NOT_JOBS.has(name) || name.startsWith('.')) continue;
    const job = asMap(raw);
    const origin = `${path} ${name}`;
    const why = input.workdir === '' ? jobRefusal(name, job) : `it runs at the root, outside ${input.workdir}`;
    if (why !== undefined) {
      plan.skip(origin, why);
      continue;
    }
    const lines = [...scriptLines(job['before_script'] ?? before), ...scriptLines(job['script'])];
    const env = plainVariables({ ...asMap(pipeline['variables']), ...asMap(job['variables']) });
    const steps = lines.map((line, index): ScriptStep => ({ text: line, name: lines.length === 1 ? name : undefined, workdir: '', origin: `${origin}.script[${index}]`, env }));
    // `cd` and `export` reach over the lines of a job: such a job is one script.
    const whole = lines.some((line) => /^\s*(?:cd|export|source|\.)\s/.test(line));
    deriveSteps({ steps: whole ? [{ text: lines.join('\n'), name, workdir: '', origin, env }] : steps, plan, needs: input.needs });
  }
}

function jobRefusal(name: string, job: YamlMap): string | undefined {
  if (job['script'] === undefined) return job['extends'] === undefined ? 'it has no script' : 'it has no script of its own, and extends is not followed';
  if (job['environment'] !== undefined) return 'it is bound to a deployment environment';
  if (job['when'] === 'manual' || job['when'] === 'delayed') return 'it is started by hand';
  if (job['allow_failure'] === true) return 'its failure is ignored by the repository itself';
  if (job['services'] !== undefined) return 'it needs service containers, and the sandbox has none';
  if (/deploy|publish|release/i.test(`${name} ${asText(job['stage']) ?? ''}`)) return 'it deploys, publishes or releases by its name';
  const only = asList(job['only']);
  if (only.length > 0 && only.every((ref) => ref === 'tags')) return 'it runs on tags only';
  return undefined;
}

/** A script is a text, or a list of texts that may be nested (references). */
function scriptLines(script: unknown, depth = 0): readonly string[] {
  if (typeof script === 'string') return [script];
  if (depth > 10) return [];
  return asList(script).slice(0, 200).flatMap((part) => scriptLines(part, depth + 1));
}

function plainVariables(variables: YamlMap): Readonly<Record<string, string>> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(variables).slice(0, 50)) {
    const plain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    if (plain && /^[A-Za-z_]\w{0,99}$/.test(name) && !/[$\n]/.test(String(value)) && name !== 'PATH' && name !== 'HOME') env[name] = String(value);
  }
  return env;
}
