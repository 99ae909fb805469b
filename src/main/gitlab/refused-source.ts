import type { GitlabJob } from '../../adapters/host/gitlab-ci/index.js';
import type { CommandName } from '../../config/options.js';
import { usageProblem, type Problem } from '../problem.js';

/** What starts a pipeline that may begin work (GitLab's values of CI_PIPELINE_SOURCE). */
export const STARTING_SOURCES: readonly string[] = ['trigger', 'schedule', 'web', 'api', 'pipeline', 'parent_pipeline', 'chat'];
/** Commands that begin, do or publish work. Looking (doctor, explain, policy, audit) is allowed from anywhere. */
const WORKING: ReadonlySet<CommandName> = new Set<CommandName>(['run', 'admit', 'work', 'verify', 'deliver', 'resume']);

/** Why nothing may run in this pipeline; nothing when it may. The text of a merge request's pipeline is that of its branch, and a fork's commits are a stranger's. */
export function refusedSource(job: GitlabJob, asked: { readonly command: CommandName; readonly variables: readonly string[]; readonly begins: boolean }): Problem | undefined {
  if (!WORKING.has(asked.command)) return undefined;
  if (job.ofFork) return usageProblem(`This is a pipeline for a merge request from another project (${job.source}): its commits, and with them what its jobs do, are a stranger's. Nothing runs here, and no secret belongs into such a pipeline. Start Heddle by a trigger, a schedule or by hand, on the default branch.`);
  if (asked.variables.length > 0) return usageProblem(`The call that triggered this pipeline brought pipeline variables (${asked.variables.slice(0, 10).map((name) => name.slice(0, 60)).join(', ')}), which beat every other value, also those that name our server and our token. Use typed inputs (inputs[ticket]=…), and set «Minimum role to use pipeline variables» to «No one allowed».`);
  if (asked.begins && !STARTING_SOURCES.includes(job.source)) return usageProblem(`A pipeline that was started by ${job.source} names no ticket. Start Heddle by ${STARTING_SOURCES.join(', ')}, and keep other pipelines out with \`rules:\`.`);
  return undefined;
}
