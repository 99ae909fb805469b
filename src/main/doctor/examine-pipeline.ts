import { asList, asMap, asText, boundedYaml } from '../../validation/derive/bounded-yaml.js';
import { PHASES, type Phase } from '../../domain/phase.js';
import { lacking, type Answer, type Examination } from './examination.js';

/** Words of the top level that are no jobs (GitLab's reference of `.gitlab-ci.yml`). */
const NO_JOBS: ReadonlySet<string> = new Set(['include', 'stages', 'variables', 'workflow', 'default', 'spec', 'image', 'services', 'cache', 'before_script', 'after_script']);

export const examinePipeline: Examination = {
  id: 'pipeline', group: 'host', title: 'Pipeline',
  async examine(facts) {
    if (facts.forgeId !== 'gitlab') return { standing: 'not-asked', words: 'The forge is not GitLab.' };
    const file = await facts.pipelineFile();
    if (!file.ok) return lacking(file.error);
    if (file.value === undefined) return { standing: 'warning', words: 'There is no .gitlab-ci.yml on the base branch, so nothing starts Heddle by itself.', next: 'Include the component as docs/gitlab.md shows, or go on by hand with heddle run.' };
    // The first document may be a header with typed inputs (`spec:`); what counts is the last one.
    const parsed = boundedYaml(file.value.text.split(/^---\s*$/m).at(-1) ?? '');
    if (!parsed.ok) return { standing: 'warning', words: '.gitlab-ci.yml is not read as YAML here (it may use GitLab\'s own tags), so its jobs are not known.' };
    return judged(asMap(parsed.value));
  },
};

function judged(pipeline: Readonly<Record<string, unknown>>): Answer {
  const components = asList(Array.isArray(pipeline['include']) ? pipeline['include'] : [pipeline['include']]).flatMap((one) => asText(asMap(one)['component']) ?? []).filter((name) => /(?:^|\/)heddle[^/]*\//i.test(name));
  const jobs = Object.entries(pipeline).filter(([name]) => !NO_JOBS.has(name)).flatMap(([name, body]) => jobOf(name, asMap(body)) ?? []);
  if (components.length + jobs.length === 0) return { standing: 'warning', words: 'No job and no component of Heddle was found in .gitlab-ci.yml of the base branch; included files are not read.', next: 'Include the component as docs/gitlab.md shows, or go on by hand with heddle run.' };
  const floating = components.filter((name) => !/@(?:[0-9a-f]{40}|v?\d+\.\d+\.\d+\S*)$/.test(name)).map((name) => `${name}: not pinned to one version or commit; what it does can change without you`);
  const notes = [...floating, ...jobs.flatMap((job) => job.notes.map((note) => `job ${job.name}: ${note}`))];
  const seen = [...components, ...jobs.map((job) => `job ${job.name}`)].join('; ');
  if (jobs.some((job) => job.dangerous)) return { standing: 'missing', words: 'A job that runs foreign code could reach the jobs after it:', details: notes, next: 'Mend these as docs/gitlab-host.md says, or include the component, which has it right.' };
  return notes.length === 0 ? { standing: 'good', words: seen } : { standing: 'warning', words: `${seen}; as far as the file tells:`, details: notes };
}

interface JudgedJob { readonly name: string; readonly notes: readonly string[]; readonly dangerous: boolean }

/** A job that starts Heddle by its script. */
function jobOf(name: string, body: Readonly<Record<string, unknown>>): JudgedJob | undefined {
  const script = asList(Array.isArray(body['script']) ? body['script'] : [body['script']]).flatMap((line) => asText(line) ?? []).join('\n').slice(0, 20_000);
  const word = /(?:^|[\s/;&|(])heddle\s+(run|admit|work|verify|deliver|resume)\b/.exec(script)?.[1];
  if (word === undefined) return undefined;
  const phase: Phase | undefined = PHASES.find((one) => one === word);
  const dotenv = asMap(asMap(body['artifacts'])['reports'])['dotenv'] !== undefined;
  const foreign = phase === 'work' || phase === 'verify' || word === 'run';
  const strategy = asText(asMap(body['variables'])['GIT_STRATEGY']);
  const notes = [
    ...(foreign && dotenv ? ['leaves a dotenv report, of which GitLab makes variables of later jobs: take it out'] : []),
    ...(strategy === 'none' || strategy === 'empty' ? [] : ['has a checkout of the runner, with the job\'s token in its configuration: set GIT_STRATEGY: none, Heddle fetches the repository itself']),
    ...((phase === 'deliver' || word === 'run') && asText(body['resource_group']) === undefined ? ['has no resource_group: two pipelines of one ticket may meet. Nothing is done twice, but one of them then ends for nothing'] : []),
    ...(phase === 'verify' || phase === 'deliver' ? inherited(body) : []),
  ];
  return { name, notes, dangerous: (foreign && dotenv) || notes.some((note) => note.startsWith(INHERITS)) };
}

const INHERITS = 'downloads what a job left that ran foreign code';

/** Artifacts bring the dotenv report of their job along as variables, also one that its definition does not name. */
function inherited(body: Readonly<Record<string, unknown>>): string[] {
  if (body['needs'] === undefined) return body['dependencies'] !== undefined && asList(body['dependencies']).length === 0 ? [] : [`${INHERITS}: without \`needs\` that is all earlier jobs. Name them, with \`artifacts: false\` for the one that works, and use --bundle-job`];
  const taken = asList(body['needs']).flatMap((one) => {
    const map = asMap(one);
    const job = asText(one) ?? asText(map['job']);
    return job === undefined || map['artifacts'] === false ? [] : [job];
  });
  return taken.filter((job) => /(?:^|[^a-z])(?:work|verify)(?:$|[^a-z])/i.test(job)).map((job) => `${INHERITS} (${job}): set \`artifacts: false\` there and use --bundle-job and --verify-job`);
}
