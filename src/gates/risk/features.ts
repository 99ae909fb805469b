import { isFix } from '../../domain/history.js';
import type { FileFact } from '../../policy/facts.js';
import { WINDOW_DAYS, type RiskFacts } from './risk-facts.js';
import type { Feature } from '../../domain/risk-weights.js';

/** One feature: its value between 0 and 1, undefined when it is not known, and what it was made of, in words. */
export interface FeatureValue { readonly feature: Feature; readonly value: number | undefined; readonly words: string }

type Reader = (facts: RiskFacts) => { readonly value: number | undefined; readonly words: string };

/** All features of a change, in the order people read them. Pure. */
export function featuresOf(facts: RiskFacts): readonly FeatureValue[] {
  return (Object.entries(READERS) as [Feature, Reader][]).map(([feature, read]) => ({ feature, ...read(facts) }));
}

const READERS: Readonly<Record<Feature, Reader>> = {
  tier: ({ services }) => {
    const known = services.filter((service) => service.tier !== undefined);
    const top = Math.max(0, ...known.map(({ tier }) => tierRank(tier)));
    const dependents = new Set(services.flatMap((service) => service.dependents)).size;
    const value = Math.min(1, top + (dependents === 0 ? 0 : 0.2 * grown(dependents, 10)));
    if (services.length === 0) return { value: 0, words: 'no service of the catalogue or the configuration is touched' };
    return { value, words: `touches ${names(services.map(({ name, tier }) => (tier === undefined ? name : `${name} (tier ${tier})`)))}${dependents === 0 ? '' : `, which ${dependents} other services depend on`}` };
  },
  regulated: ({ regulated }) => ({ value: regulated.length > 0 ? 1 : 0, words: regulated.length > 0 ? `${regulated.length} paths are under regulation: ${names(regulated)}` : 'no path under regulation' }),
  incidents: ({ incidents, now }) => {
    if (incidents.length === 0) return { value: 0, words: 'no known incident in these paths' };
    const weight = { low: 0.3, medium: 0.6, high: 1 };
    const value = Math.max(...incidents.map(({ at, severity }) => weight[severity] * fading(now - at)));
    return { value, words: `incidents in these paths: ${names(incidents.map(({ name }) => name))}` };
  },
  dependents: ({ dependents }) => {
    if (dependents === undefined) return { value: undefined, words: 'who imports these files is not known' };
    const all = dependents.direct.length + dependents.further;
    return { value: grown(all, 100), words: all === 0 ? 'no other file imports these files' : `${dependents.direct.length} files import these files, ${dependents.further} more import those: ${names(dependents.direct)}` };
  },
  size: ({ files }) => {
    const lines = sum(substance(files).map((file) => file.additions + file.deletions));
    return { value: grown(lines, 1_000), words: `${lines} lines, generated files left out` };
  },
  spread: ({ files }) => ({ value: grown(Math.max(0, substance(files).length - 1), 30), words: `${substance(files).length} files` }),
  folders: ({ files }) => {
    const folders = new Set(substance(files).map(({ path }) => path.slice(0, Math.max(0, path.lastIndexOf('/'))))).size;
    return { value: grown(Math.max(0, folders - 1), 10), words: `${folders} folders` };
  },
  'new-files': ({ files }) => {
    const added = files.filter((file) => file.changes.includes('added')).length;
    return { value: files.length === 0 ? 0 : added / files.length, words: `${added} of ${files.length} files are new` };
  },
  churn: (facts) => history(facts, (commits, files) => ({ value: grown(commits.length / Math.max(1, files), 20), words: `${commits.length} commits in ${WINDOW_DAYS} days` })),
  fixes: (facts) => history(facts, (commits) => {
    const fixes = commits.filter(({ subject, reverts }) => reverts.length > 0 || isFix(subject));
    const reverts = commits.filter((commit) => commit.reverts.length > 0);
    if (commits.length === 0) return { value: 0, words: 'no fix among no commits' };
    // A few commits prove little: two of them are as good as assumed to be none.
    return { value: Math.min(1, (fixes.length + 2 * reverts.length) / (commits.length + 2)), words: `${fixes.length} of them mend something, ${reverts.length} take something back` };
  }),
  authors: (facts) => history(facts, (commits) => {
    const authors = new Set(commits.map(({ author }) => author)).size;
    return { value: grown(Math.max(0, authors - 1), 10), words: `${authors} people changed them` };
  }),
  untested: ({ files }) => {
    const code = files.some((file) => file.kinds.includes('code') && !file.changes.includes('deleted'));
    const tests = files.some((file) => file.kinds.includes('tests') && !file.changes.includes('deleted'));
    return code && !tests ? { value: 1, words: 'code changes, and no test does' } : { value: 0, words: code ? 'code and tests change' : 'no code changes' };
  },
  sensitive: ({ files }) => {
    const kinds = ['migrations', 'ci', 'build', 'dependencies', 'config'] as const;
    const touched = kinds.filter((kind) => files.some((file) => file.kinds.includes(kind)));
    const value = touched.includes('migrations') || touched.includes('ci') ? 1 : touched.length > 0 ? 0.6 : 0;
    return { value, words: touched.length === 0 ? 'no migration, build, dependency or configuration file' : `touches ${touched.join(', ')}` };
  },
  'docs-only': ({ files }) => only(files, ['docs', 'assets'], 'only documents change'),
  'tests-only': ({ files }) => only(files, ['tests'], 'only tests change'),
  attempts: ({ attempts }) => (attempts === undefined ? { value: undefined, words: 'how many attempts it took is not known' } : { value: Math.min(1, Math.max(0, attempts - 1) / 3), words: `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}` }),
  stops: ({ stops }) => ({ value: stops > 0 ? 1 : 0, words: stops > 0 ? `${stops} sessions were ended by a bound` : 'no session was ended by a bound' }),
  waiting: ({ waiting }) => (waiting === undefined ? { value: undefined, words: 'how much waits for the reviewers is not known' } : { value: grown(waiting, 20), words: `${waiting} open changes wait for the same reviewers` }),
  held: ({ speaking }) => ({ value: Math.min(1, speaking.length / 3), words: speaking.length === 0 ? 'no gate objects' : `gates that object: ${names(speaking)}` }),
};

/** Names of tiers in the ways that catalogues spell them. Unknown ones count as the middle. */
function tierRank(tier: string | undefined): number {
  const name = (tier ?? '').toLowerCase();
  if (/^(?:critical|mission[- ]critical|tier[- _]?[01]|[01]|gold|platinum|high)$/.test(name)) return 1;
  if (/^(?:low|experimental|deprecated|tier[- _]?[345]|[345]|bronze)$/.test(name)) return 0.1;
  return 0.5;
}

export function isTopTier(tier: string | undefined): boolean {
  return tierRank(tier) === 1;
}

function history(facts: RiskFacts, read: (commits: NonNullable<RiskFacts['history']>['commits'], files: number) => { readonly value: number; readonly words: string }): ReturnType<Reader> {
  const { history: past, files } = facts;
  if (past === undefined || (past.commits.length === 0 && !past.whole)) return { value: undefined, words: `the history of these files is not known${past?.why === undefined ? '' : `: ${past.why}`}` };
  const answer = read(past.commits, files.length);
  return past.whole ? answer : { ...answer, words: `${answer.words} (${past.why ?? 'part of the history'})` };
}

function only(files: readonly FileFact[], kinds: readonly string[], words: string): ReturnType<Reader> {
  const is = files.length > 0 && files.every((file) => file.kinds.some((kind) => kinds.includes(kind)) && !file.kinds.some((kind) => kind === 'code' || kind === 'ci' || kind === 'dependencies' || kind === 'build' || kind === 'migrations'));
  return is ? { value: 1, words } : { value: 0, words: `not ${words}` };
}

function substance(files: readonly FileFact[]): readonly FileFact[] {
  const own = files.filter((file) => !file.kinds.includes('generated'));
  return own.length === 0 ? files : own;
}

/** 0 at nothing, 1 at `full` and above, fast at first: the second file says more than the twentieth. */
export function grown(count: number, full: number): number {
  return Math.min(1, Math.log1p(Math.max(0, count)) / Math.log1p(full));
}

/** Halves every 90 days. */
function fading(seconds: number): number {
  return 0.5 ** (Math.max(0, seconds) / (90 * 86_400));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

const NAMED_MAX = 5;

function names(all: readonly string[]): string {
  return `${all.slice(0, NAMED_MAX).join(', ')}${all.length > NAMED_MAX ? `, and ${all.length - NAMED_MAX} more` : ''}`;
}
