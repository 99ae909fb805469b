import type { VerdictNode } from '../../domain/verdict.js';
import { globMatcher } from '../../kit/globs.js';
import { effectOf, readablePaths, type GateInput } from '../gate-facts.js';
import { randomValues } from './entropy.js';
import { isPlaceholder, SECRET_PATTERNS } from './secret-patterns.js';

/** Where something that looks like a secret stands. The value is in no member: nobody after this sees it. */
interface Find { readonly path: string; readonly line: number; readonly id: string; readonly kind: 'known' | 'entropy' | 'present-before' }

/**
 * Secrets in added lines: by the form of known keys (our table and a secret library), by environment files, and by values that
 * look random. Only places and kinds are told. A value that the base already had in the same files is noted: it is not news,
 * though it should be replaced.
 */
export async function secrets(input: GateInput): Promise<VerdictNode> {
  const { config, addedLines } = input;
  if (addedLines === undefined) return { rule: 'secrets', effect: 'allow', words: 'the added lines were not looked at' };
  const allowed = globMatcher(config.gates.secrets.allow, 'exact');
  if (!allowed.ok) return { rule: 'secrets', effect: 'error', words: `gates.secrets.allow cannot be used: ${allowed.error}` };
  const paths = readablePaths(input.candidate);
  const looked = paths.filter((path) => !allowed.value(path));
  const joined = joinLines(looked, addedLines);
  const base = await baseTexts(input, looked);
  const finds: Find[] = [...environmentFiles(input, looked)];
  for (const hit of await hitsIn(joined.text)) {
    const place = joined.placeOf(hit.from);
    if (place === undefined) continue;
    const value = joined.text.slice(hit.from, hit.to);
    const before = value.length >= 8 && base.some((text) => text.includes(value));
    finds.push({ ...place, id: hit.id, kind: before ? 'present-before' : hit.kind });
  }
  return nodeOf(input, unique(finds), paths.length - looked.length);
}

function nodeOf({ config }: GateInput, finds: readonly Find[], skipped: number): VerdictNode {
  const { known, entropy } = config.gates.secrets;
  const skippedWords = skipped === 0 ? '' : `; ${skipped} paths of gates.secrets.allow were not looked at`;
  const of = (kind: Find['kind']): readonly Find[] => finds.filter((find) => find.kind === kind);
  const values = (some: readonly Find[]): VerdictNode['values'] => ({ count: some.length, places: some.slice(0, SHOWN_MAX).map((find) => `${find.path}:${find.line} (${find.id})`) });
  if (of('known').length > 0) return { rule: 'secrets', effect: known, words: `added lines hold secrets; take them out, and replace each one, since it has been written down${skippedWords}`, values: values([...of('known'), ...of('entropy')]) };
  if (of('entropy').length > 0) return { rule: 'secrets', effect: effectOf(entropy), words: `added lines hold values that look like secrets${skippedWords}`, values: values(of('entropy')) };
  if (of('present-before').length > 0) return { rule: 'secrets', effect: 'allow', words: `secrets that the base had already stand in changed lines: they should be replaced${skippedWords}`, values: values(of('present-before')) };
  return { rule: 'secrets', effect: 'allow', words: `no added line holds a secret of a known form${skippedWords}` };
}

const SHOWN_MAX = 50;
/** A longer line is data, not code; the library's patterns are not asked about it, ours are. */
const LIBRARY_LINE_MAX = 4_000;

interface Hit { readonly from: number; readonly to: number; readonly id: string; readonly kind: 'known' | 'entropy' }

async function hitsIn(text: string): Promise<readonly Hit[]> {
  if (text.trim() === '') return [];
  const hits: Hit[] = [];
  for (const { id, pattern } of SECRET_PATTERNS) {
    for (const match of text.matchAll(pattern)) {
      if (id === 'url-password' && harmlessUrl(match[0])) continue;
      hits.push({ from: match.index, to: match.index + match[0].length, id, kind: 'known' });
    }
  }
  hits.push(...await libraryHits(text));
  const covered = (at: number): boolean => hits.some((hit) => hit.from <= at && at < hit.to);
  hits.push(...randomValues(text).filter(({ from }) => !covered(from)).map(({ from, to }): Hit => ({ from, to, id: 'high-entropy', kind: 'entropy' })));
  return hits.sort((a, b) => a.from - b.from);
}

/** Documentation and local services are full of these, and they open nothing. */
function harmlessUrl(url: string): boolean {
  const password = /:\/\/[^:]*:([^@]*)@/.exec(url)?.[1] ?? '';
  return isPlaceholder(password) || /@(?:localhost|127\.0\.0\.1|db|database|postgres|mysql|redis|mongo|rabbitmq|host|(?:[\w-]{1,63}\.){0,4}example(?:\.(?:com|org|net))?)(?![\w.-])/.test(url);
}

/**
 * The rules of the library, one by one: its own preset has a rule that lets a comment in the text turn the others off, and the
 * text is the agent's.
 */
async function libraryHits(text: string): Promise<readonly Hit[]> {
  const [{ lintSource }, { rules }] = await Promise.all([import('@secretlint/core'), import('@secretlint/secretlint-rule-preset-recommend')]);
  const content = text.split('\n').map((line) => (line.length > LIBRARY_LINE_MAX ? ' '.repeat(line.length) : line)).join('\n');
  const used = rules.filter((rule) => !rule.meta.id.endsWith('-filter-comments'));
  const { messages } = await lintSource({
    source: { filePath: 'added.txt', content, ext: '.txt', contentType: 'text' },
    options: { noPhysicFilePath: true, maskSecrets: true, config: { rules: used.map((rule) => ({ id: rule.meta.id, rule })) } },
  });
  return messages.filter((message) => message.type === 'message').map((message): Hit => ({
    from: message.range[0], to: message.range[1], id: (message.ruleId.split('-rule-').at(-1) ?? message.ruleId), kind: 'known',
  })).filter(({ from, to }) => !harmlessUrl(text.slice(from, to)));
}

/** All added lines of all files as one text: one call for everything is many times faster than one for each file. */
function joinLines(paths: readonly string[], addedLines: (path: string) => readonly { readonly line: number; readonly text: string }[]): { readonly text: string; placeOf(offset: number): { path: string; line: number } | undefined } {
  const starts: { readonly at: number; readonly path: string; readonly line: number }[] = [];
  const parts: string[] = [];
  let at = 0;
  for (const path of paths) {
    for (const { line, text } of addedLines(path)) {
      starts.push({ at, path, line });
      parts.push(text);
      at += text.length + 1;
    }
    // No value goes on from one file into the next.
    parts.push('');
    at += 1;
  }
  const placeOf = (offset: number): { path: string; line: number } | undefined => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle]?.at ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    const start = starts[low];
    return start === undefined ? undefined : { path: start.path, line: start.line };
  };
  return { text: parts.join('\n'), placeOf };
}

const ENVIRONMENT_FILE = /(?:^|\/)\.env(?:\.[\w-]{1,40})?$/i;
const EXAMPLE_FILE = /\.(?:example|sample|template|dist|defaults?)$/i;

/** A file of the environment with any value in it: its whole purpose is to hold what must not be committed. */
function environmentFiles({ candidate, addedLines }: GateInput, paths: readonly string[]): readonly Find[] {
  const added = new Set(candidate.files.filter((file) => file.status === 'added').map((file) => file.path));
  return paths.filter((path) => added.has(path) && ENVIRONMENT_FILE.test(path) && !EXAMPLE_FILE.test(path)).flatMap((path): Find[] => {
    const line = addedLines?.(path).find(({ text }) => /^\s{0,8}(?:export\s)?\s{0,8}\w{1,100}\s{0,4}=\s{0,4}\S/.test(text) && !text.trimStart().startsWith('#'));
    return line === undefined ? [] : [{ path, line: line.line, id: 'environment-file', kind: 'known' }];
  });
}

async function baseTexts({ textOf, candidate }: GateInput, paths: readonly string[]): Promise<readonly string[]> {
  if (textOf === undefined) return [];
  // A secret that moves from one file to another is as old as the file it came from, also when that one is gone.
  const touched = new Set([...paths, ...candidate.files.filter((file) => file.status !== 'added').map((file) => file.path)]);
  const old = candidate.files.filter((file) => touched.has(file.path) && file.status !== 'added' && !file.binary);
  return (await Promise.all(old.map(async (file) => textOf('base', file.path)))).filter((text): text is string => text !== undefined);
}

function unique(finds: readonly Find[]): readonly Find[] {
  const seen = new Set<string>();
  return finds.filter((find) => {
    const key = `${find.path}:${find.line}:${find.kind}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
