/** Folders that hold what was built or installed; listing them helps nobody, whatever `.gitignore` says. */
const ALWAYS = new Set(['.git', 'node_modules', '.venv', '__pycache__', '.tox', '.gradle', '.mypy_cache', '.pytest_cache']);

/** One line of a `.gitignore`. */
interface Rule { readonly negated: boolean; readonly foldersOnly: boolean; readonly pattern: RegExp }

export type IgnoreRules = readonly { readonly folder: string; readonly rules: readonly Rule[] }[];

/**
 * Whether a path is ignored, roughly as git does it (gitignore(5)): later rules win, `!` takes back, a slash binds to the
 * file's folder. What decides about the change is the capture, with git's own rules; this only keeps lists short.
 */
export function isIgnored(path: string, folder: boolean, rules: IgnoreRules): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (ALWAYS.has(name)) return true;
  let ignored = false;
  for (const file of rules) {
    const below = file.folder === '' ? path : path.slice(file.folder.length + 1);
    for (const rule of file.rules) {
      if ((!rule.foldersOnly || folder) && rule.pattern.test(below)) ignored = !rule.negated;
    }
  }
  return ignored;
}

const RULES_MAX = 500;
const PATTERN_CHARS_MAX = 200;
const STARS_MAX = 6;

export function parseIgnoreFile(text: string): readonly Rule[] {
  return text.split('\n').slice(0, RULES_MAX).flatMap((raw) => {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || line.length > PATTERN_CHARS_MAX) return [];
    const negated = line.startsWith('!');
    const body = negated ? line.slice(1) : line;
    const foldersOnly = body.endsWith('/');
    const glob = foldersOnly ? body.slice(0, -1) : body;
    // Each star may try every length: a few are harmless, many in a row are not.
    if (glob === '' || glob.split('*').length > STARS_MAX) return [];
    return [{ negated, foldersOnly, pattern: toPattern(glob) }];
  });
}

function toPattern(glob: string): RegExp {
  const bound = glob.includes('/');
  const source = (glob.startsWith('/') ? glob.slice(1) : glob)
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*\*\/|\*\*|\*|\?/g, (found) => ({ '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*' })[found] ?? '[^/]');
  return new RegExp(`^${bound ? '' : '(?:.*/)?'}${source}$`);
}
