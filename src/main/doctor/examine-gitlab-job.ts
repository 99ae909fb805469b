import type { GitlabJob } from '../../adapters/host/gitlab-ci/index.js';
import type { ProvedRung } from '../../ports/sandbox.js';
import { STARTING_SOURCES } from '../gitlab/refused-source.js';
import type { Answer } from './examination.js';

const MACHINES = {
  disposable: 'a machine or container made for this job',
  shared: 'a machine that jobs share (shell or ssh executor)',
  unknown: 'a runner of a kind it does not tell',
} as const;

/** What stands around a run in a job of GitLab, as far as the runner's variables and the proved isolation tell. */
export function examineGitlabJob(job: GitlabJob, { rung }: ProvedRung): Answer {
  const words = `GitLab CI${job.serverVersion === undefined ? '' : ` ${job.serverVersion}`}, ${MACHINES[job.machine]}, pipeline by ${job.source}, ${job.project}`;
  if (job.ofFork) return { standing: 'missing', words, details: ['This pipeline is for a merge request from another project: no run starts here.'], next: `Start Heddle by ${STARTING_SOURCES.join(', ')}, on the default branch.` };
  const details = [
    ...(STARTING_SOURCES.includes(job.source) ? [] : [`A pipeline by ${job.source} starts no run, which is no harm for a look; runs are started by ${STARTING_SOURCES.join(', ')}.`]),
    ...(job.ref !== undefined && job.defaultBranch !== undefined && job.ref !== job.defaultBranch ? [`This pipeline is of ${job.ref}, not of the default branch ${job.defaultBranch}: its jobs are what that branch says.`] : []),
    ...(job.refProtected === false ? [`${job.ref ?? 'The branch'} is not protected: it gets no protected variables, and whoever may push to it says what its jobs do.`] : []),
    ...(job.machine === 'disposable' && rung !== 'bubblewrap' && rung !== 'container' ? [`In a container without privileges the engine's seccomp profile lets nobody make namespaces, so bubblewrap fails there; Landlock is the strongest rung then, and ${rung === 'none' ? 'even that did not hold here' : `${rung} is what held here`}. A runner with its own kernel (docker+machine, a VM, shell on a machine of its own) reaches bubblewrap.`] : []),
  ];
  if (job.machine === 'shared') return { standing: 'warning', words, details, next: 'Jobs of other projects may run on this machine before and after this one. Use a runner whose machine is thrown away after the job, above all for the job that works.' };
  return { standing: job.refProtected === false ? 'warning' : 'good', words, details };
}
