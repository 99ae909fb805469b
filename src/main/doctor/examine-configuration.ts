import type { Configuration } from '../../config/configuration.js';
import { lacking, type Examination } from './examination.js';

/** What is set about tickets, so that a person sees it without reading the file. Nothing where all is as by default. */
function ticketDetails({ readiness, routing, targets }: Configuration): { readonly details?: readonly string[] } {
  const own = Object.entries(readiness.labels).map(([label, score]) => `${label} ${score}`);
  const details = [
    ...(readiness.mode === 'hold' && readiness.threshold === 75 && own.length === 0 && readiness.opinion === undefined ? [] : [`readiness: ${readiness.mode}, ${readiness.threshold} of 100${own.length === 0 ? '' : ` (${own.join(', ')})`}${readiness.opinion === undefined ? '' : `, opinion of ${readiness.opinion.model}`}`]),
    ...(Object.keys(routing.aliases).length === 0 && routing.rules.length === 0 && routing.catalogue === false ? [] : [`routing: aliases ${Object.keys(routing.aliases).join(', ') || 'none'}; ${routing.rules.length} rules; tickets of elsewhere: ${routing.elsewhere}`]),
    ...Object.entries(targets).map(([name, target]) => `target ${name}: ${target.path}`),
  ];
  return details.length === 0 ? {} : { details };
}

export const examineConfiguration: Examination = {
  id: 'configuration', group: 'repository', title: 'Configuration',
  async examine(facts) {
    const loaded = await facts.configuration();
    if (!loaded.ok) return lacking(loaded.error);
    const { origin, at } = loaded.value;
    const where = `${at.branch} at ${at.commit.slice(0, 12)}`;
    if (origin !== 'built-in defaults') return { standing: 'good', words: origin === '.heddle.yml' ? `${origin} of ${where}, valid` : `${origin}, valid`, ...ticketDetails(loaded.value.config) };
    const stray = await facts.strayConfiguration();
    if (stray === undefined) return { standing: 'good', words: `built-in defaults: there is no .heddle.yml in ${where}` };
    return {
      standing: 'warning', words: `built-in defaults. There is a file ${stray}, but no .heddle.yml in ${where}: a run does not see it.`,
      next: stray === '.heddle.yml' ? `Commit .heddle.yml to ${at.branch}, or try it out with --config .heddle.yml.` : `The file must be called .heddle.yml and be committed to ${at.branch}. To try it out: --config ${stray}.`,
    };
  },
};
