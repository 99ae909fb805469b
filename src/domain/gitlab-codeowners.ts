import picomatch from 'picomatch';

/** A rule of GitLab's dialect: `section` is the name of the part of the file that it stands in. */
export interface SectionRule { readonly pattern: string; readonly owners: readonly string[]; readonly section: string; readonly exclude?: true }

/**
 * A section's heading (docs: "Syntax of Code Owners file"): `[Name]`, `^[Name]` (nobody has to approve), `[Name][2]` (two have to), and
 * owners for the lines below that name none. GitHub would skip the line; there a bracket begins a pattern, and goes on without a blank.
 */
const HEADING = /^\^?\[([^\]\r\n]{1,200})\](?:\[[0-9]{1,5}\])?(?=[ \t\r]|$)/;
const OWNER = /^(@@[a-z]{1,40}|@[\w.-]{1,255}(\/[\w.-]{1,255}){0,20}|[^\s@]{1,100}@[^\s@]{1,200})$/;
const PATTERN_CHARS_MAX = 500;
const DEFAULT_SECTION = 'codeowners';

/** True for a file that only GitLab understands: it has sections, or owners by their role. */
export function isGitlabDialect(lines: readonly string[]): boolean {
  return lines.some((line) => HEADING.test(line) || /^[^#].*[ \t]@@[a-z]/.test(line));
}

/** One line at a time: the words of it, split as for GitHub, and the section that is open. */
export function sectionReader(wordsOf: (line: string) => readonly string[]): (line: string) => SectionRule | undefined {
  let section = DEFAULT_SECTION;
  let owners: readonly string[] = [];
  return (line) => {
    const heading = HEADING.exec(line);
    if (heading !== null) {
      // Sections of one name are one, whatever the case.
      section = (heading[1] ?? '').trim().toLowerCase();
      owners = wordsOf(line.slice(heading[0].length)).filter((word) => OWNER.test(word));
      return undefined;
    }
    const [first, ...named] = wordsOf(line);
    if (first === undefined) return undefined;
    const exclude = first.startsWith('!');
    const pattern = (exclude ? first.slice(1) : first).replace(/\\([ #])/g, '$1');
    if (pattern === '' || pattern.length > PATTERN_CHARS_MAX) return undefined;
    const own = named.filter((word) => OWNER.test(word));
    // Unlike GitHub, a word that is no owner is left out and the line counts.
    return { pattern, section, owners: exclude ? [] : own.length > 0 ? own : owners, ...(exclude ? { exclude: true as const } : {}) };
  };
}

/** In each section the last match owns the path, unless a `!` pattern of the section takes it out; the sections add up. */
export function sectionMatcher(rules: readonly SectionRule[]): (path: string) => readonly string[] {
  const sections = new Map<string, { readonly rule: SectionRule; readonly matches: (path: string) => boolean }[]>();
  for (const rule of rules) {
    const known = sections.get(rule.section) ?? [];
    known.unshift({ rule, matches: picomatch(globOf(rule.pattern), { dot: true, nobrace: true, noextglob: true }) });
    sections.set(rule.section, known);
  }
  return (path) => {
    if (path === '') return [];
    const found = [...sections.values()].flatMap((section) => {
      const hits = section.filter((one) => one.matches(path));
      return hits.some((one) => one.rule.exclude === true) ? [] : hits[0]?.rule.owners ?? [];
    });
    return [...new Set(found)];
  };
}

/** As GitLab reads a pattern: `*` is every file, one without a slash at its beginning is at any depth, a folder ends in a slash. */
function globOf(pattern: string): string {
  if (pattern === '*') return '**/*';
  const rooted = pattern.startsWith('/') ? pattern.slice(1) : `**/${pattern}`;
  return rooted.endsWith('/') ? `${rooted}**/*` : rooted;
}
