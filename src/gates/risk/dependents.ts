import type { Dependents } from './risk-facts.js';

/** How imports are spelled in the files of a language. Bounded gaps; the lines are foreign. */
const IMPORT_FORMS: readonly (readonly [RegExp, RegExp])[] = [
  [/\.(?:[cm]?[jt]sx?|vue|svelte)$/, /(?:from|import|require|export)\b[^'"`]{0,200}?['"`]([^'"`]{1,300})['"`]/],
  [/\.pyi?$/, /^\s{0,40}(?:from\s{1,5}([.\w]{1,200})\s{1,5}import|import\s{1,5}([.\w]{1,200}))/],
  [/\.(?:java|kts?|scala|groovy|cs)$/, /^\s{0,8}(?:import|using)\s{1,5}(?:static\s{1,5})?([\w.]{1,300})/],
  [/\.go$/, /^\s{0,8}(?:import\s{1,5})?(?:[\w.]{1,60}\s{1,5})?"([^"]{1,300})"/],
  [/\.rb$/, /\brequire(?:_relative)?\s{0,3}\(?['"]([^'"]{1,300})['"]/],
  [/\.rs$/, /^\s{0,8}(?:pub(?:\([\w ]{1,20}\))?\s{1,5})?(?:use|mod)\s{1,5}([\w:]{1,300})/],
  [/\.php$/, /(?:^\s{0,8}use\s{1,5}([\w\\]{1,300})|\b(?:require|include)(?:_once)?\s{0,3}\(?[^'"]{0,60}['"]([^'"]{1,300})['"])/],
  [/\.(?:c|cc|cpp|cxx|h|hpp)$/, /^\s{0,8}#\s{0,3}include\s{0,3}["<]([^">]{1,300})[">]/],
];

/** The fixed words that importing lines must hold: what is searched for. Nothing for files that nobody imports by name. */
export function importWords(paths: readonly string[]): readonly string[] {
  return [...new Set(paths.flatMap((path) => {
    const name = stemOf(path);
    return name === undefined || name.length < 3 ? [] : [name];
  }))].slice(0, WORDS_MAX);
}

const WORDS_MAX = 100;

/** Which of the lines really import one of the paths, by the end of what they name. An estimate from names, not a resolver. */
export function importersOf(paths: readonly string[], mentions: readonly { readonly path: string; readonly text: string }[]): readonly string[] {
  const byName = new Map<string, string[]>();
  for (const path of paths) {
    const name = stemOf(path);
    if (name !== undefined) byName.set(name, [...byName.get(name) ?? [], path]);
  }
  const own = new Set(paths);
  const found = new Set<string>();
  for (const { path, text } of mentions) {
    if (own.has(path) || found.has(path)) continue;
    const form = IMPORT_FORMS.find(([file]) => file.test(path))?.[1];
    const match = form?.exec(text);
    const named = match?.[1] ?? match?.[2];
    if (named === undefined) continue;
    const parts = segmentsOf(named);
    const targets = byName.get(parts.at(-1) ?? '') ?? byName.get(parts.at(-2) ?? '') ?? [];
    if (targets.some((target) => endsAlike(target, parts))) found.add(path);
  }
  return [...found].sort();
}

export function dependentsFrom(direct: readonly string[], second: readonly string[]): Dependents {
  const near = new Set(direct);
  return { direct, further: second.filter((path) => !near.has(path)).length };
}

/** `cart` for `src/cart.ts`; the folder's name for files that stand for their folder; nothing for what is no source file. */
function stemOf(path: string): string | undefined {
  if (!IMPORT_FORMS.some(([file]) => file.test(path))) return undefined;
  const parts = path.split('/');
  const name = (parts.at(-1) ?? '').replace(/\.d\.[cm]?ts$/, '').replace(/\.\w{1,6}$/, '');
  if (path.endsWith('.go')) return parts.at(-2);
  return ['index', '__init__', 'mod', 'lib'].includes(name) ? parts.at(-2) : name;
}

/** `./a/cart.js`, `shop.a.cart`, `shop::a::cart` and `Shop\A\Cart` as parts, without what only says where to begin. */
function segmentsOf(named: string): readonly string[] {
  const slashed = named.includes('/') ? named : named.replaceAll('::', '/').replaceAll('\\', '/').replaceAll('.', '/');
  return slashed.split('/').filter((part) => part !== '' && part !== '.' && part !== '..' && part !== '@' && part !== '~' && part !== 'crate' && part !== 'super' && part !== 'self')
    .map((part, index, all) => (index === all.length - 1 ? part.replace(/\.(?:[cm]?[jt]sx?|vue|svelte|rb|php|h|hpp|hh)$/, '') : part));
}

/** One of the last two parts is the file, and a part before it, where there is one, is a folder of it or the name of a package. */
function endsAlike(target: string, parts: readonly string[]): boolean {
  const stem = stemOf(target) ?? '';
  const folders = new Set(target.split('/').slice(0, -1));
  const at = parts.lastIndexOf(stem);
  if (at < 0 || at < parts.length - 2) return false;
  const before = parts[at - 1];
  return before === undefined || folders.has(before) || folders.size === 0 || !target.includes('/') || at === 1;
}
