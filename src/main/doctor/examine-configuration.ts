import { lacking, type Examination } from './examination.js';

export const examineConfiguration: Examination = {
  id: 'configuration', group: 'repository', title: 'Configuration',
  async examine(facts) {
    const loaded = await facts.configuration();
    if (!loaded.ok) return lacking(loaded.error);
    const { origin, at } = loaded.value;
    const where = `${at.branch} at ${at.commit.slice(0, 12)}`;
    if (origin !== 'built-in defaults') return { standing: 'good', words: origin === '.heddle.yml' ? `${origin} of ${where}, valid` : `${origin}, valid` };
    const stray = await facts.strayConfiguration();
    if (stray === undefined) return { standing: 'good', words: `built-in defaults: there is no .heddle.yml in ${where}` };
    return {
      standing: 'warning', words: `built-in defaults. There is a file ${stray}, but no .heddle.yml in ${where}: a run does not see it.`,
      next: stray === '.heddle.yml' ? `Commit .heddle.yml to ${at.branch}, or try it out with --config .heddle.yml.` : `The file must be called .heddle.yml and be committed to ${at.branch}. To try it out: --config ${stray}.`,
    };
  },
};
