import { lacking, type Answer, type Examination } from './examination.js';

export const examineForgeToken: Examination = {
  id: 'forge-token', group: 'forge', title: 'Token',
  async examine(facts) {
    if (facts.forgeId === 'local') return { standing: 'not-asked', words: 'The forge is local, so no token is needed.' };
    if (facts.tokenSet) return { standing: 'good', words: 'set' };
    return { standing: 'missing', words: 'not set.', next: 'Set GITHUB_TOKEN in the environment (contents, pull-requests, issues and checks: write; actions: write to start CI), or use --forge local.' };
  },
};

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
