/** Hooks that a package manager runs by itself (npm's documentation of life cycle scripts). */
const LIFE_CYCLE: ReadonlySet<string> = new Set(['preinstall', 'install', 'postinstall', 'preprepare', 'prepare', 'postprepare', 'prepublish', 'prepublishOnly', 'prepack', 'postpack', 'dependencies']);
/** Members that say nothing about what runs or is installed. */
const WORDS_ONLY: ReadonlySet<string> = new Set(['version', 'description', 'keywords', 'homepage', 'bugs', 'author', 'contributors', 'funding', 'license', 'private', 'sideEffects', 'repository', 'displayName']);

/**
 * What differs between two versions of a `package.json`, by the names of its parts; the values are the agent's and are not
 * repeated. `unread` when either is not an object of JSON: then nothing is known, and the file counts as changed.
 */
export function manifestChange(before: string | undefined, after: string | undefined): readonly string[] | 'harmless' | 'unread' {
  const [old, now] = [parse(before), parse(after)];
  if (old === undefined || now === undefined) return 'unread';
  const changes = [...new Set([...Object.keys(old), ...Object.keys(now)])].filter((key) => !WORDS_ONLY.has(key) && !same(old[key], now[key])).flatMap((key) => {
    if (key === 'scripts') return members(old[key], now[key]).map((name) => (LIFE_CYCLE.has(name) ? `install hook "${shown(name)}"` : `script "${shown(name)}"`));
    return [shown(key)];
  });
  return changes.length === 0 ? 'harmless' : changes;
}

function members(old: unknown, now: unknown): readonly string[] {
  const [a, b] = [asObject(old) ?? {}, asObject(now) ?? {}];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((key) => !same(a[key], b[key]));
}

function parse(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (text === undefined) return undefined;
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Readonly<Record<string, unknown>> : undefined;
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** A member's name is foreign as well. */
function shown(name: string): string {
  return name.slice(0, 60).replaceAll(/[^\w@:./-]/g, '?');
}
