import type { DeclineFacts } from '../../admission/words.js';
import type { Verdict } from '../../domain/verdict.js';
import type { Context } from '../context.js';
import type { Routed } from './route.js';
import { warn } from '../warn.js';

/** Rules about work in this repository say nothing about another one. */
const NOT_OF_THERE: ReadonlySet<string> = new Set(['routed', 'readiness', 'no-open-change', 'below-cap']);

/**
 * Tells the repository that a ticket belongs to. Only when nothing else stands against it: whoever may not start work here may not
 * start it there through us. What is sent is recorded before it is sent, and never sent again by this run; what the other
 * repository does with it is judged there, from its own facts.
 */
export async function sendElsewhere(context: Context, { placing, snapshot }: Routed, about: { readonly verdict: Verdict; readonly known: DeclineFacts }): Promise<DeclineFacts> {
  const { ports, settings, trail, signal } = context;
  const { decision } = placing;
  const { repository } = decision;
  const route = { ...decision, ...urlOf(snapshot.url, repository) };
  const allowed = (about.verdict.tree.children ?? []).every((node) => node.effect === 'allow' || NOT_OF_THERE.has(node.rule));
  const last = trail.events.findLast(({ fact }) => fact.type === 'routed' && fact.repository === repository)?.fact;
  if (repository === undefined || !allowed || settings.config.routing.elsewhere !== 'dispatch' || settings.dryRun) return { ...about.known, route };
  // Sent, or stopped while it was sent: a second event could start a second run there.
  if (last?.type === 'routed' && last.dispatched) return { ...about.known, route: { ...route, dispatched: true } };
  if (ports.dispatcher === undefined) {
    await warn(context, `The ticket belongs to ${repository}, and this job's token may not start anything there.`);
    return { ...about.known, route };
  }
  await trail.append({ type: 'routed', ...decision, dispatched: true });
  const sent = await ports.dispatcher.dispatch(repository, snapshot.ref, signal);
  if (sent.ok) return { ...about.known, route: { ...route, dispatched: true } };
  await warn(context, `${repository} could not be told of the ticket: ${sent.error.message}`);
  await trail.append({ type: 'routed', ...decision, dispatched: false });
  return { ...about.known, route };
}

/** The other repository's page, on the site that the ticket is on. */
function urlOf(ticket: string | undefined, repository: string | undefined): { readonly url?: string } {
  if (ticket === undefined || repository === undefined || !URL.canParse(ticket)) return {};
  const { protocol, origin } = new URL(ticket);
  return protocol === 'https:' || protocol === 'http:' ? { url: `${origin}/${repository}` } : {};
}
