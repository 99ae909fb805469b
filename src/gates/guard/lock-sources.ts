import type { VerdictNode } from '../../domain/verdict.js';
import type { Gate, GateInput } from '../gate-facts.js';
import { isLockFile } from './sensitive.js';

/**
 * Where a lock file takes code from, and by which digest. A host that the lock file did not know, a source that is not a registry,
 * and another digest for the same version are held: each is how foreign code gets in without a line of it in the diff.
 */
export const lockSources: Gate = async (input): Promise<VerdictNode> => {
  const { candidate, textOf } = input;
  const files = candidate.files.filter((file) => isLockFile(file.path) && file.status !== 'deleted' && !file.binary);
  if (files.length === 0 || textOf === undefined) return { rule: 'lock-sources', effect: 'allow', words: 'no lock file changes' };
  const found = (await Promise.all(files.map(async (file) => problemsOf(input, file.path)))).flat();
  if (found.length === 0) return { rule: 'lock-sources', effect: 'allow', words: 'lock files take code from the hosts they knew, with the digests they had' };
  return { rule: 'lock-sources', effect: 'hold', words: found.length === 1 ? `a lock file ${found[0]?.words ?? ''}` : `lock files change where code comes from, in ${found.length} places`, values: { count: found.length, problems: found.slice(0, SHOWN_MAX).map(({ path, words }) => `${path}: ${words}`) } };
};

const SHOWN_MAX = 50;
const PROBLEMS_MAX = 500;

interface Problem { readonly path: string; readonly words: string }

async function problemsOf({ textOf }: GateInput, path: string): Promise<readonly Problem[]> {
  const [base, now] = [await textOf?.('base', path) ?? '', await textOf?.('candidate', path)];
  if (now === undefined) return [{ path, words: 'cannot be read' }];
  const [before, after] = [sourcesIn(base), sourcesIn(now)];
  const hosts = [...after.hosts].filter((host) => !before.hosts.has(host) && !(base === '' && REGISTRIES.has(host)));
  const other = [...after.other].filter((source) => !before.other.has(source));
  return [
    ...hosts.map((host) => ({ path, words: `takes code from a host that it did not know: ${host}` })),
    ...other.map((source) => ({ path, words: `takes code from a source that is no registry: ${source}` })),
    ...changedDigests(digestsIn(path, base), digestsIn(path, now)).map((name) => ({ path, words: `has another digest for the same version: ${name}` })),
  ].slice(0, PROBLEMS_MAX);
}

/** What a lock file that did not exist before may name without a question. */
const REGISTRIES: ReadonlySet<string> = new Set(['registry.npmjs.org', 'registry.yarnpkg.com', 'pypi.org', 'files.pythonhosted.org', 'github.com', 'rubygems.org', 'index.crates.io', 'static.crates.io', 'repo.packagist.org', 'api.github.com', 'codeload.github.com', 'repo.maven.apache.org', 'api.nuget.org', 'proxy.golang.org', 'pub.dev', 'repo.hex.pm']);
const ADDRESS = /(git\+)?(https?|ssh|git|file):\/\/(?:[^\s"'/@]{0,100}@)?([A-Za-z0-9.-]{1,253})/g;

function sourcesIn(text: string): { readonly hosts: ReadonlySet<string>; readonly other: ReadonlySet<string> } {
  const hosts = new Set<string>();
  const other = new Set<string>();
  for (const [, git, scheme = '', name = ''] of text.matchAll(ADDRESS)) {
    const host = name.toLowerCase();
    hosts.add(host);
    if (git !== undefined || scheme !== 'https') other.add(`${git ?? ''}${scheme}://${host}`);
  }
  return { hosts, other };
}

/** `name version` to digest, for the forms in which both stand together. Others have no entry, and nothing is said of them. */
function digestsIn(path: string, text: string): ReadonlyMap<string, string> {
  const name = (path.split('/').at(-1) ?? '').toLowerCase();
  if (name === 'package-lock.json' || name === 'npm-shrinkwrap.json') return npmDigests(text);
  if (name === 'go.sum') return new Map([...text.matchAll(/^(\S{1,300} \S{1,100}) (h1:\S{1,100})$/gm)].map(([, key = '', digest = '']) => [key, digest]));
  if (name === 'cargo.lock') return new Map([...text.matchAll(/^name = "([^"\n]{1,200})"\nversion = "([^"\n]{1,100})"\n(?:source = "[^"\n]{0,300}"\n)?checksum = "([^"\n]{1,100})"$/gm)].map(([, crate = '', version = '', digest = '']) => [`${crate} ${version}`, digest]));
  if (name === 'yarn.lock') return new Map([...text.matchAll(/^ {2}resolved "([^"\n#]{1,400})[^"\n]{0,200}"\n {2}integrity (\S{1,300})$/gm)].map(([, key = '', digest = '']) => [key, digest]));
  return new Map();
}

function npmDigests(text: string): ReadonlyMap<string, string> {
  const digests = new Map<string, string>();
  try {
    const lock: unknown = JSON.parse(text);
    const packages = typeof lock === 'object' && lock !== null && 'packages' in lock ? lock.packages : undefined;
    for (const [place, entry] of Object.entries(typeof packages === 'object' && packages !== null ? packages : {})) {
      const { version, integrity } = typeof entry === 'object' && entry !== null ? entry as { readonly version?: unknown; readonly integrity?: unknown } : {};
      if (typeof version === 'string' && typeof integrity === 'string') digests.set(`${place.split('node_modules/').at(-1) ?? place} ${version}`.slice(0, 300), integrity);
    }
  } catch {
    // Not JSON: the package manager will say so, and the file is held as a build file anyway.
  }
  return digests;
}

function changedDigests(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): readonly string[] {
  return [...after].filter(([key, digest]) => (before.get(key) ?? digest) !== digest).map(([key]) => key.replaceAll(/[^\w@./ :+-]/g, '?'));
}
