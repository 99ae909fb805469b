import ignore from 'ignore';
import { isGitlabDialect, sectionMatcher, sectionReader, type SectionRule } from './gitlab-codeowners.js';

/** One line of a CODEOWNERS file: a pattern and who owns what it matches; no owners means «owned by nobody». */
export interface OwnerRule {
  readonly pattern: string;
  readonly owners: readonly string[];
  /** Only in GitLab's dialect: the section that the line stands in, and whether it takes paths out of it. */
  readonly section?: string | undefined;
  readonly exclude?: true | undefined;
}

/**
 * Reads a CODEOWNERS file in GitHub's syntax (docs: "About code owners"). A line that GitHub would skip is skipped here
 * as well: `!` negations, `[a-z]` ranges, a leading `\#`, a word that is no owner. A file with sections or roles is GitLab's,
 * and is read as GitLab does.
 */
export function parseCodeowners(text: string): OwnerRule[] {
  const rules: OwnerRule[] = [];
  const lines = text.slice(0, CHARS_MAX).split('\n');
  if (isGitlabDialect(lines)) {
    const read = sectionReader(wordsOf);
    return lines.flatMap((line) => read(line) ?? []).slice(0, RULES_MAX);
  }
  for (const line of lines) {
    const [pattern, ...owners] = wordsOf(line);
    if (pattern === undefined || pattern.length > PATTERN_CHARS_MAX || UNSUPPORTED.test(pattern)) continue;
    if (!owners.every((owner) => OWNER.test(owner))) continue;
    rules.push({ pattern, owners });
    if (rules.length === RULES_MAX) break;
  }
  return rules;
}

/** The places that GitHub looks at, in its order, and GitLab's own: the first file that exists is the only one that counts. */
export const CODEOWNERS_PATHS: readonly string[] = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS', '.gitlab/CODEOWNERS'];

/** The owners of one path: those of the last rule that matches it. Use `ownerMatcher` for many paths. */
export function ownersOf(rules: readonly OwnerRule[], path: string): readonly string[] {
  return ownerMatcher(rules)(path);
}

/** Compiles the rules once. The last match wins, also when it names nobody; with sections, the last one of each. */
export function ownerMatcher(rules: readonly OwnerRule[]): (path: string) => readonly string[] {
  const ofSections = rules.flatMap(({ section, exclude, ...rule }): SectionRule[] => (section === undefined ? [] : [{ ...rule, section, ...(exclude === undefined ? {} : { exclude }) }]));
  if (ofSections.length > 0) return sectionMatcher(ofSections);
  const compiled = rules.map((rule) => ({ matches: patternMatcher(rule.pattern), owners: rule.owners })).reverse();
  return (path) => compiled.find((rule) => rule.matches(path))?.owners ?? [];
}

/** GitHub's own limit is 3 MB; the other bounds keep a hostile base commit from costing time. */
const CHARS_MAX = 3_000_000;
const RULES_MAX = 10_000;
const PATTERN_CHARS_MAX = 500;
const UNSUPPORTED = /^!|^\\#|[[\]]/;
const OWNER = /^(@[\w.-]{1,100}(\/[\w.-]{1,100})?|[^\s@]{1,100}@[^\s@]{1,200})$/;

/** Splits at white space that is not escaped; a `#` at the start of a word begins a comment. */
function wordsOf(line: string): string[] {
  const words: string[] = [];
  let word = '';
  for (let at = 0; at < line.length; at += 1) {
    const char = line.charAt(at);
    if (char === '\\' && at + 1 < line.length) {
      word += char + line.charAt(at + 1);
      at += 1;
    } else if (char === ' ' || char === '\t' || char === '\r') {
      if (word !== '') words.push(word);
      word = '';
    } else if (char === '#' && word === '') {
      return words;
    } else {
      word += char;
    }
  }
  if (word !== '') words.push(word);
  return words;
}

function patternMatcher(pattern: string): (path: string) => boolean {
  const rule = ignore({ ignorecase: false, allowRelativePaths: true }).add(pattern);
  // Unlike .gitignore, `docs/*` owns the files directly in docs/ and nothing deeper.
  const direct = pattern.endsWith('/*');
  return (path) => {
    if (path === '' || !rule.ignores(path)) return false;
    const slash = path.lastIndexOf('/');
    return !direct || slash < 0 || !rule.ignores(path.slice(0, slash + 1));
  };
}
