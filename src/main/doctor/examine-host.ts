import type { Examination } from './examination.js';
import { examineGitlabJob } from './examine-gitlab-job.js';

const STARTING_EVENTS: readonly string[] = ['issues', 'issue_comment', 'workflow_dispatch', 'repository_dispatch'];

export const examineHost: Examination = {
  id: 'host', group: 'host', title: 'Runner',
  async examine(facts) {
    const { host: { job, ci, gitlab } } = facts;
    if (gitlab !== undefined) return examineGitlabJob(gitlab, await facts.sandbox());
    if (job === undefined) return ci ? { standing: 'warning', words: 'a CI system that is not known' } : { standing: 'good', words: 'no CI: a run here acts for the person at the keyboard' };
    const kind = job.hosted === undefined ? 'a runner of a kind it does not tell' : job.hosted ? 'a GitHub-hosted runner, thrown away after the job' : 'a self-hosted runner';
    const words = `GitHub Actions, ${kind}, event ${job.eventName}, ${job.repository}`;
    if (job.eventName === 'pull_request_target') {
      return { standing: 'missing', words, details: ['pull_request_target gives a token that can write to a workflow that others can feed.'], next: `Start Heddle by ${STARTING_EVENTS.join(', ')} instead, as in examples/workflows/heddle.yml.` };
    }
    const details = STARTING_EVENTS.includes(job.eventName) ? [] : [`The event ${job.eventName} starts no run, which is no harm for a look; runs are started by ${STARTING_EVENTS.join(', ')}.`];
    if (job.hosted === false) return { standing: 'warning', words, details, next: 'On a self-hosted runner make sure that nothing of a job outlives it and that untrusted workflows cannot reach it.' };
    return { standing: 'good', words, details };
  },
};
