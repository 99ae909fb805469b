import { asList, asMap, asText, boundedYaml } from '../../validation/derive/bounded-yaml.js';
import { PHASES, type Phase } from '../../domain/phase.js';
import type { WorkflowFile } from './facts.js';

/** A job of a workflow that starts Heddle, with what its token may do. */
export interface HeddleJob {
  readonly path: string;
  readonly job: string;
  /** `undefined`: no permissions block, so the repository's default holds, which the file does not tell. */
  readonly permissions: 'read-all' | 'write-all' | Readonly<Record<string, string>> | undefined;
  /** The step gives a token of its own, to which the block does not apply. */
  readonly ownToken: boolean;
  readonly events: readonly string[];
  /** The part of the split that the job is; absent = all in one. */
  readonly phase: Phase | undefined;
}

/** Finds the jobs that start Heddle, by the action's name or the command line's. Files that are no readable YAML are passed over. */
export function heddleJobs(files: readonly WorkflowFile[]): readonly HeddleJob[] {
  return files.flatMap(({ path, text }) => {
    const parsed = boundedYaml(text);
    if (!parsed.ok) return [];
    const workflow = asMap(parsed.value);
    return Object.entries(asMap(workflow['jobs'])).flatMap(([job, value]): HeddleJob[] => {
      const body = asMap(value);
      const steps = asList(body['steps']).map(asMap).filter((step) => startsHeddle(asText(step['uses']), asText(step['run'])));
      if (steps.length === 0) return [];
      return [{
        path, job, phase: phaseOf(asText(steps[0]?.['uses']), asText(steps[0]?.['run'])), permissions: permissionsOf(body['permissions'] ?? workflow['permissions']), events: eventsOf(workflow['on']),
        ownToken: steps.some((step) => asText(asMap(step['with'])['github-token']) !== undefined && !isWorkflowToken(asText(asMap(step['with'])['github-token']) ?? '')),
      }];
    });
  });
}

function startsHeddle(uses: string | undefined, run: string | undefined): boolean {
  if (uses !== undefined) return uses.split('@')[0]?.split('/').at(-1)?.toLowerCase() === 'heddle' || phaseOf(uses, undefined) !== undefined;
  return run !== undefined && /(^|[\s/;&])heddle\s+(run|resume|admit|work|verify|deliver)\b/.test(run.slice(0, 20_000));
}

/** `OWNER/heddle/action/PHASE@…`, or the command of that name. */
function phaseOf(uses: string | undefined, run: string | undefined): Phase | undefined {
  const [name, folder, repository] = uses?.split('@')[0]?.toLowerCase().split('/').reverse() ?? [];
  const word = uses === undefined ? /(?:^|[\s/;&])heddle\s+(admit|work|verify|deliver)\b/.exec((run ?? '').slice(0, 20_000))?.[1] : folder === 'action' && repository === 'heddle' ? name : undefined;
  return PHASES.find((phase) => phase === word);
}

function isWorkflowToken(value: string): boolean {
  return /^\$\{\{\s{0,9}(github\.token|secrets\.GITHUB_TOKEN)\s{0,9}\}\}$/.test(value.trim());
}

function permissionsOf(value: unknown): HeddleJob['permissions'] {
  if (value === 'read-all' || value === 'write-all') return value;
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.fromEntries(Object.entries(asMap(value)).flatMap(([scope, level]) => (typeof level === 'string' ? [[scope, level]] : [])));
}

function eventsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.flatMap((one) => asText(one) ?? []) : Object.keys(asMap(value));
}
