import type { Surroundings } from '../compare/surroundings.js';
import type { TestCase } from '../inventory/test-inventory.js';
import type { TamperFile } from '../tamper-file.js';
import { definitionsIn } from './functions.js';
import { isSnapshot } from './snapshots.js';
import { stemOf } from './mocked.js';

const DOCUMENT = /(?:^|\/)(?:docs?|\.github)\/|\.(?:md|rst|adoc|txt)$|(?:^|\/)(?:LICENSE|CHANGELOG|CODEOWNERS|package-lock\.json|yarn\.lock|pnpm-lock\.yaml|Gemfile\.lock|poetry\.lock|go\.sum|Cargo\.lock)$|(?:^|\/)(?:jest|vitest|karma|playwright|cypress|eslint|babel|tsconfig|\.\w+rc)[\w.-]*$|(?:^|\/)(?:pytest\.ini|tox\.ini|setup\.cfg|phpunit\.xml[\w.]*|package\.json|pyproject\.toml|pom\.xml|Cargo\.toml|go\.mod|composer\.json|Gemfile|build\.gradle[\w.]*|conftest\.py)$/i;

interface Product {
  readonly stems: ReadonlySet<string>;
  readonly removed: ReadonlySet<string>;
  readonly removedStems: ReadonlySet<string>;
  readonly changed: ReadonlySet<string>;
  readonly addedText: string;
  readonly removedText: string;
  /** Words of lines that went, which no changed file of the code says any more. */
  readonly goneWords: ReadonlySet<string>;
}

/** What the change does to the code that ships, for judging whether a changed test follows it. */
export function surroundingsOf(files: readonly TamperFile[]): Surroundings {
  let known: Product | undefined;
  const product = (): Product => (known ??= productOf(files.filter((file) => !file.test && !isSnapshot(file.path) && !DOCUMENT.test(file.path))));
  return {
    explains: (test, before, after) => tellsOf(product(), test) || showsUp(product(), before, after),
    explainsFile: (path, before, after) => product().stems.has(stemOf(path)) || showsUp(product(), before, after),
    deletedWithCode: (test) => goneWith(product(), test),
  };
}

function productOf(files: readonly TamperFile[]): Product {
  const [removed, changed, stems, removedStems] = [new Set<string>(), new Set<string>(), new Set<string>(), new Set<string>()];
  const [added, taken]: [string[], string[]] = [[], []];
  const remaining = new Set<string>();
  for (const { path, language, base, candidate } of files) {
    stems.add(stemOf(path));
    if (candidate === undefined) removedStems.add(stemOf(path));
    const lines = { before: new Set((base?.text ?? '').split('\n')), after: new Set((candidate?.text ?? '').split('\n')) };
    added.push(...[...lines.after].filter((line) => !lines.before.has(line)));
    taken.push(...[...lines.before].filter((line) => !lines.after.has(line)));
    if (language === undefined) continue;
    const before = base?.tree === undefined ? new Map<string, string>() : definitionsIn(base.tree, language);
    const after = candidate?.tree === undefined ? new Map<string, string>() : definitionsIn(candidate.tree, language);
    for (const name of after.keys()) remaining.add(name);
    for (const [name, text] of before) if (!after.has(name)) removed.add(name);
      else if (after.get(name) !== text) changed.add(name);
    for (const name of after.keys()) if (!before.has(name)) changed.add(name);
  }
  for (const name of remaining) removed.delete(name);
  const left = new Set(files.flatMap((file) => file.candidate?.text.match(WORD) ?? []));
  const goneWords = new Set((taken.join('\n').match(WORD) ?? []).filter((word) => !left.has(word)).map((word) => word.toLowerCase()));
  return { stems, removed, removedStems, changed, addedText: added.join('\n'), removedText: taken.join('\n'), goneWords };
}

/** The test names something that was changed, or it stands beside the file that was. */
function tellsOf({ changed, removed, stems }: Product, test: TestCase): boolean {
  if (stems.has(stemOf(test.path))) return true;
  const own = ownerStem(test);
  if (own !== '' && stems.has(own)) return true;
  for (const word of test.vocabulary) if (word.length > 2 && (changed.has(word) || removed.has(word))) return true;
  return false;
}

const ownerStem = (test: TestCase): string => stemOf(`${test.name.split(' > ')[0] ?? ''}.x`);

/** The new values are in the code that came, or the old ones in the code that went. */
function showsUp({ addedText, removedText }: Product, before: string, after: string): boolean {
  const [old, fresh] = [partsOf(before), partsOf(after)];
  const came = [...fresh].filter((part) => !old.has(part));
  const went = [...old].filter((part) => !fresh.has(part));
  return came.some((part) => addedText.includes(part)) || (went.length > 0 && went.some((part) => removedText.includes(part)));
}

const partsOf = (text: string): ReadonlySet<string> => new Set([...(text.match(/[\p{L}\d_$][\p{L}\d_.$-]{2,}/gu) ?? []), ...(text.match(/\d{2,}(?:\.\d+)?/g) ?? [])]);

/** Words that can name a feature. */
const WORD = /[A-Za-z][A-Za-z0-9]{3,}/g;

function goneWith({ removed, removedStems, goneWords }: Product, test: TestCase): boolean {
  // An option, a field or a message went: the test has it in its name and in its body.
  const named = (test.own.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase().match(/[a-z][a-z0-9]{3,}/g) ?? []).filter((word) => goneWords.has(word) && !/^(?:return|throw|error|this|self|null|true|false|value|function|const|else|raise|exception|test|should)$/.test(word));
  if (named.some((word) => test.body.toLowerCase().includes(word))) return true;
  if (removed.size === 0 && removedStems.size === 0) return false;
  if (removedStems.has(stemOf(test.path)) || removedStems.has(ownerStem(test))) return true;
  for (const word of test.vocabulary) if (word.length > 2 && removed.has(word)) return true;
  return [...removedStems].some((stem) => stem.length > 3 && [...test.literals].some((one) => one.toLowerCase().replace(/[^a-z0-9]/g, '').includes(stem)));
}
