import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';

export type InputValue = string | number | boolean | readonly string[];

/** One entry of `spec:inputs`, as GitLab describes it. */
export interface InputSpec {
  readonly type?: 'string' | 'number' | 'boolean' | 'array';
  readonly default?: InputValue;
  readonly regex?: string;
  readonly options?: readonly (string | number)[];
  readonly description?: string;
}
export type Inputs = Readonly<Record<string, InputSpec>>;

export interface Job {
  readonly extends?: string;
  readonly needs?: readonly (string | { readonly job: string; readonly artifacts?: boolean })[];
  readonly before_script?: readonly string[];
  readonly script?: readonly string[];
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly inherit?: { readonly default?: unknown; readonly variables?: unknown };
  readonly environment?: { readonly name: string; readonly action?: string };
  readonly artifacts?: { readonly paths?: readonly string[]; readonly reports?: Readonly<Record<string, unknown>> };
  readonly id_tokens?: unknown;
  readonly resource_group?: string;
  readonly retry?: unknown;
  readonly cache?: unknown;
  readonly interruptible?: unknown;
  readonly timeout?: unknown;
  readonly when?: string;
  readonly allow_failure?: unknown;
  readonly rules?: readonly { readonly if: string; readonly when?: string }[];
}

export interface Template { readonly inputs: Inputs; readonly jobs: Readonly<Record<string, Job>> }

export const TEMPLATES = ['run', 'split'] as const;
export type TemplateName = (typeof TEMPLATES)[number];

export function textOf(name: TemplateName): string {
  return readFileSync(fileURLToPath(new URL(`../../gitlab-component/templates/${name}/template.yml`, import.meta.url)), 'utf8');
}

/** The two documents of a template: its inputs, and the jobs with the places where inputs go. */
export function readTemplate(text: string): Template {
  const [head, body] = parseAllDocuments(text).map((one) => one.toJS() as unknown);
  return { inputs: (head as { readonly spec: { readonly inputs: Inputs } }).spec.inputs, jobs: body as Template['jobs'] };
}

/** A job with what it takes over from the ones it extends; a key of its own replaces, maps are merged, as GitLab does it. */
export function whole(jobs: Template['jobs'], name: string): Job {
  const job = jobs[name];
  if (job === undefined) throw new Error(`there is no job ${name}`);
  if (job.extends === undefined) return job;
  return merged(whole(jobs, job.extends) as Readonly<Record<string, unknown>>, job as Readonly<Record<string, unknown>>);
}

function merged(base: Readonly<Record<string, unknown>>, over: Readonly<Record<string, unknown>>): Job {
  const isMap = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);
  return Object.fromEntries([...new Set([...Object.keys(base), ...Object.keys(over)])].map((key) => {
    const [below, above] = [base[key], over[key]];
    return [key, isMap(below) && isMap(above) ? merged(below, above) : above ?? below];
  }));
}

/** What is wrong with the inputs that somebody gives to a template, as GitLab would say it. The local runner takes unknown keys in silence. */
export function inputProblems(inputs: Inputs, given: Readonly<Record<string, unknown>>): string[] {
  const unknown = Object.keys(given).filter((name) => inputs[name] === undefined).map((name) => `unknown input: ${name}`);
  const wrong = Object.entries(inputs).flatMap(([name, spec]) => {
    const value = given[name] ?? spec.default;
    if (value === undefined) return [`${name}: required value has not been provided`];
    // Filled in by the file that includes it, from an input of its own.
    if (typeof value === 'string' && /^\$\[\[ inputs\.[\w-]+ \]\]$/.test(value)) return [];
    const type = Array.isArray(value) ? 'array' : typeof value;
    if (type !== (spec.type ?? 'string')) return [`${name}: provided value is not a ${spec.type ?? 'string'}`];
    if (spec.options !== undefined && !spec.options.includes(value as string | number)) return [`${name}: not in the list of allowed options`];
    if (spec.regex !== undefined && !new RegExp(spec.regex).test(String(value))) return [`${name}: does not match the required pattern`];
    return [];
  });
  return [...unknown, ...wrong];
}

/** Each `include: component:` of a pipeline file, with the name of the template and the inputs it is given. */
export function includesOf(text: string): readonly { readonly name: string; readonly inputs: Readonly<Record<string, unknown>> }[] {
  const documents = parseAllDocuments(text).map((one) => one.toJS() as Readonly<Record<string, unknown>>);
  const include = documents.at(-1)?.['include'];
  const list = (Array.isArray(include) ? include : include === undefined ? [] : [include]) as readonly { readonly component?: string; readonly inputs?: Readonly<Record<string, unknown>> }[];
  return list.flatMap((one) => {
    const name = /\/([\w-]+)@/.exec(one.component ?? '')?.[1];
    return name === undefined ? [] : [{ name, inputs: one.inputs ?? {} }];
  });
}

/** The YAML blocks of a Markdown page. */
export function yamlBlocks(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^( *)```yaml\n([^]*?)^\1```$/gm)].map(([, indent = '', block = '']) => block.replaceAll(new RegExp(`^${indent}`, 'gm'), ''));
}
