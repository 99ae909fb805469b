import { NO_TOKEN } from '../gitea/gitea-place.js';
import { lacking, type Answer, type Examination } from './examination.js';
import type { Facts } from './facts.js';

export const examineForgeToken: Examination = {
  id: 'forge-token', group: 'forge', title: 'Token',
  async examine(facts) {
    if (facts.forgeId === 'local') return { standing: 'not-asked', words: 'The forge is local, so no token is needed.' };
    if (facts.tokenSet) return { standing: 'good', words: 'set' };
    if (facts.forgeId === 'gitlab') return gitlabToken(facts);
    if (facts.forgeId === 'gitea') return { standing: 'missing', words: 'not set.', next: `${NO_TOKEN} Or use --forge local.` };
    return { standing: 'missing', words: 'not set.', next: 'Set GITHUB_TOKEN in the environment (contents, pull-requests, issues and checks: write; actions: write to start CI), or use --forge local.' };
  },
};

/** Variables of GitLab that are protected reach protected branches alone, and one that is bound to an environment only its jobs. */
function gitlabToken({ jobTokenSet, host: { gitlab } }: Facts): Answer {
  const details = [
    ...(jobTokenSet ? ['CI_JOB_TOKEN is there. It reads the repository and, if the project allows it, pushes; it cannot write notes or merge requests, read the roles of people, or start pipelines.'] : []),
    ...(gitlab?.refProtected === false ? [`The branch ${gitlab.ref ?? 'of this pipeline'} is not protected, so it gets no protected variables. Start the pipeline on the default branch and protect that.`] : []),
    ...(gitlab !== undefined && gitlab.environment === undefined ? ['This job belongs to no environment, so it gets no variables that are bound to one.'] : []),
  ];
  return { standing: 'missing', words: 'GITLAB_TOKEN is not set.', details, next: 'Make a project access token (role Developer, scope api), or one of a group or service account, and store it as the masked, protected variable GITLAB_TOKEN, for the environment of the jobs that admit and deliver.' };
}

export const examineForgeRepository: Examination = {
  id: 'forge-repository', group: 'forge', title: 'Forge',
  async examine(facts) {
    const forge = await facts.forge();
    if (!forge.ok) return lacking(forge.error);
    if (forge.value.kind === 'local') {
      const { folder } = forge.value;
      const why = await facts.unwritable(folder);
      if (why === undefined) return { standing: 'good', words: `local, in ${folder}` };
      return { standing: 'missing', words: `local, but the folder ${folder} cannot be written (${why}).`, next: 'Give another folder with --forge-dir.' };
    }
    const repository = await facts.repository();
    if (!repository.ok) return lacking(repository.error);
    const { slug, url, defaultBranch } = repository.value;
    return { standing: 'good', words: `${slug}, ${repository.value.private ? 'private' : 'public'}, default branch ${defaultBranch} (${url})` };
  },
};

const UNKNOWN = 'unknown: ';

export const examineForgePermissions: Examination = {
  id: 'forge-permissions', group: 'forge', title: 'Permissions',
  async examine(facts) {
    if (facts.forgeId === 'local') return { standing: 'not-asked', words: 'The forge is local, so there are no permissions to have.' };
    const missing = await facts.missingForDelivery();
    return missing.ok ? judge(missing.value) : lacking(missing.error);
  },
};

/** The reader says what is lacking, and marks what it could not find out. Nothing is tried: that would write. */
function judge(lines: readonly string[]): Answer {
  const unknown = lines.filter((line) => line.startsWith(UNKNOWN)).map((line) => `not known: ${line.slice(UNKNOWN.length)}`);
  const lacks = lines.filter((line) => !line.startsWith(UNKNOWN));
  if (lacks.length > 0) return { standing: 'missing', words: lacks.length === 1 ? 'Something is lacking for a delivery:' : `${lacks.length} things are lacking for a delivery:`, details: [...lacks, ...unknown] };
  if (unknown.length > 0) return { standing: 'warning', words: 'Nothing is known to be lacking, but not everything can be read with this token:', details: unknown };
  return { standing: 'good', words: 'enough to deliver' };
}
