import path from 'node:path';
import type { CheckoutCredentials } from '../adapters/workspace/git/credentials/find-credentials.js';
import type { Redactor } from '../ports/redactor.js';
import { option, type Invocation } from './invocation.js';
import { usageProblem, type Problem } from './problem.js';

/** Shorter values would blank ordinary text; see `redactorFor`. */
const SECRET_CHARS_MIN = 6;

/** Looks for credentials around the checkout. Their values go to the redactor at once, and nowhere else. */
export async function checkoutCredentials(invocation: Invocation, redactor: Redactor): Promise<CheckoutCredentials['places']> {
  const { findCredentials } = await import('../adapters/workspace/git/credentials/find-credentials.js');
  const { places, values } = findCredentials({
    repository: path.resolve(invocation.cwd, option(invocation, 'repo') ?? '.'), home: process.env['HOME'], temp: process.env['RUNNER_TEMP'],
  });
  for (const value of values) if (value.replace(/[\r\n]+/g, '').length >= SECRET_CHARS_MIN) redactor.add('checkout-credential', value);
  return places;
}

/** For phases that must hold no token at all. */
export function refusedCredentials(places: CheckoutCredentials['places']): Problem | undefined {
  if (places.length === 0) return undefined;
  return usageProblem(`Credentials lie on this machine where programs could read them:\n${listed(places)}\n${fix(places)}`);
}

/** For the mode that holds the token anyway. */
export function credentialWarning(places: CheckoutCredentials['places']): string | undefined {
  if (places.length === 0) return undefined;
  return `Warning: credentials lie around the checkout. The agent's folder has none of them, and a sandbox hides these files; without one they can be read:\n${listed(places)}\n${fix(places)}`;
}

const SHOWN_MAX = 10;

function listed(places: CheckoutCredentials['places']): string {
  const lines = places.slice(0, SHOWN_MAX).map((place) => `  ${place.file}:${place.line}: ${place.kind}`);
  return [...lines, ...(places.length > SHOWN_MAX ? [`  and ${places.length - SHOWN_MAX} more`] : [])].join('\n');
}

function fix(places: CheckoutCredentials['places']): string {
  const checkout = places.some((place) => place.ofCheckout) ? ['Set `persist-credentials: false` in the checkout step, or take the lines out. On GitLab set `GIT_STRATEGY: none` for the job (Heddle fetches the repository by itself) and remove the folder .git that an earlier job left.'] : [];
  const home = places.some((place) => !place.ofCheckout) ? ['Take the files in the home folder away before this job, or use an account that has none.'] : [];
  return [...checkout, ...home].join(' ');
}
