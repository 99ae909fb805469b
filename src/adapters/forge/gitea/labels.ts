import type { Fault } from '../../../domain/fault.js';
import { err, ok, type Result } from '../../../kit/result.js';
import type { GiteaClient } from '../../gitea-client/client.js';
import { LabelAnswer, LabelsAnswer } from './schema.js';

const LABELS_MAX = 2000;
const COLOUR = '#5b6ee1';

/** Puts labels on an issue or a pull request. The server wants their numbers, so each name is looked up, and made where it is missing. */
export async function addLabels(client: GiteaClient, wanted: { readonly number: number; readonly labels: readonly string[] }, signal: AbortSignal | undefined): Promise<Result<void, Fault>> {
  if (wanted.labels.length === 0) return ok(undefined);
  const ids = await idsOf(client, wanted.labels, signal);
  if (!ids.ok) return ids;
  const added = await client.call({ route: 'POST /repos/{owner}/{repo}/issues/{index}/labels', path: { index: wanted.number }, body: { labels: ids.value }, schema: LabelsAnswer, signal });
  if (!added.ok) return added;
  // Numbers that the server does not take it passes over without a word.
  const missing = wanted.labels.filter((name) => !added.value.some((one) => same(one.name, name)));
  return missing.length === 0 ? ok(undefined) : err({ code: 'invalid-answer', side: 'theirs', retryable: false, source: client.source, message: `The forge did not put the label ${missing.join(', ')} on #${String(wanted.number)}.` });
}

async function idsOf(client: GiteaClient, names: readonly string[], signal: AbortSignal | undefined): Promise<Result<readonly number[], Fault>> {
  const known = await client.pages({ route: 'GET /repos/{owner}/{repo}/labels', schema: LabelsAnswer, signal }, (page) => page, LABELS_MAX);
  if (!known.ok) return known;
  const ids: number[] = [];
  let ofOwner: readonly LabelOf[] | undefined;
  for (const name of names) {
    const here = known.value.items.find((one) => same(one.name, name));
    if (here === undefined) ofOwner ??= await ownersLabels(client, signal);
    const found = here ?? ofOwner?.find((one) => same(one.name, name));
    // Two labels may have one name there: it is looked for first, and made once.
    const made = found === undefined ? await client.call({ route: 'POST /repos/{owner}/{repo}/labels', body: { name, color: COLOUR }, repeat: 'once', schema: LabelAnswer, signal }) : ok(found);
    if (!made.ok) return made;
    ids.push(made.value.id);
  }
  return ok(ids);
}

interface LabelOf { readonly id: number; readonly name: string }

/** Labels of an organisation count in its repositories; an account has none, and a token may not see them: then there are none. */
async function ownersLabels(client: GiteaClient, signal: AbortSignal | undefined): Promise<readonly LabelOf[]> {
  const labels = await client.pages({ route: 'GET /orgs/{org}/labels', path: { org: client.owner }, schema: LabelsAnswer, signal }, (page) => page, LABELS_MAX);
  return labels.ok ? labels.value.items : [];
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
