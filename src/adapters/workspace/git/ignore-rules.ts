/** The rules of one .gitignore file. Made from the base commit only: the agent's own rules hide nothing. */
export interface IgnoreRules {
  /** `path` is relative to the folder of the file. `undefined` = no rule speaks of it. */
  decide(path: string, name: string, isFolder: boolean): 'ignored' | 'kept' | undefined;
}

/**
 * Reads a .gitignore as gitignore(5) says. A package for this decides a path together with its parents; the walk asks
 * level by level and lets deeper files win, which needs the answer of one file for one path alone.
 */
export function parseIgnoreRules(text: string): IgnoreRules {
  const rules = text.replace(/^\ufeff/, '').split('\n').flatMap((line) => parseRule(line)).reverse();
  return {
    decide(path, name, isFolder) {
      const rule = rules.find((one) => (isFolder || !one.folderOnly) && one.matches(one.anchored ? path : name));
      return rule === undefined ? undefined : rule.negated ? 'kept' : 'ignored';
    },
  };
}

interface Rule { readonly negated: boolean; readonly folderOnly: boolean; readonly anchored: boolean; matches(text: string): boolean }

function parseRule(line: string): Rule[] {
  let pattern = trimBlanks(line.endsWith('\r') ? line.slice(0, -1) : line);
  if (pattern === '' || pattern.startsWith('#')) return [];
  const negated = pattern.startsWith('!');
  if (negated) pattern = pattern.slice(1);
  const folderOnly = pattern.endsWith('/');
  if (folderOnly) pattern = pattern.slice(0, -1);
  if (pattern === '') return [];
  const anchored = pattern.includes('/');
  if (pattern.startsWith('/')) pattern = pattern.slice(1);
  return [{ negated, folderOnly, anchored, matches: matcher(pattern, anchored) }];
}

/** Trailing blanks go unless a backslash stands before them. */
function trimBlanks(line: string): string {
  let end = line.length;
  while (end > 0 && line[end - 1] === ' ' && !escapedAt(line, end - 1)) end -= 1;
  return line.slice(0, end);
}

function escapedAt(line: string, at: number): boolean {
  let slashes = 0;
  while (line[at - 1 - slashes] === '\\') slashes += 1;
  return slashes % 2 === 1;
}

function matcher(pattern: string, anchored: boolean): (text: string) => boolean {
  if (!/[*?[\\]/.test(pattern)) return (text) => text === pattern;
  const suffix = pattern.slice(1);
  if (pattern.startsWith('*') && !/[*?[\\/]/.test(suffix)) return (text) => text.endsWith(suffix) && !text.includes('/');
  const tokens = tokenize(pattern, anchored);
  return tokens === undefined ? () => false : (text) => matchTokens(tokens, text);
}

type Token =
  | { readonly kind: 'one'; accepts(character: string): boolean }
  /** Any run of characters; `slashes`: path separators too. */
  | { readonly kind: 'run'; readonly slashes: boolean }
  /** `**` and its slash: nothing at all, or whole folders. */
  | { readonly kind: 'folders' };

/** undefined: a pattern that git finds broken matches nothing. */
function tokenize(pattern: string, anchored: boolean): readonly Token[] | undefined {
  const tokens: Token[] = [];
  const characters = [...pattern];
  let at = 0;
  while (at < characters.length) {
    const character = characters[at] ?? '';
    if (character === '*') {
      const [token, next] = starsAt(characters, at, anchored);
      tokens.push(token);
      at = next;
    } else if (character === '?') {
      tokens.push({ kind: 'one', accepts: (other) => other !== '/' });
      at += 1;
    } else if (character === '[') {
      const bracket = bracketAt(characters, at);
      if (bracket === undefined) return undefined;
      tokens.push({ kind: 'one', accepts: bracket.accepts });
      at = bracket.next;
    } else {
      const literal = character === '\\' ? characters[at + 1] : character;
      if (literal === undefined) return undefined;
      tokens.push({ kind: 'one', accepts: (other) => other === literal });
      at += character === '\\' ? 2 : 1;
    }
  }
  return tokens;
}

/**
 * Two stars mean folders only between slashes or the pattern's ends; elsewhere they are one star. In a pattern with a
 * slash git compares the letters before the first wildcard by themselves and begins the pattern after them: so two
 * stars right behind them stand at the beginning, too.
 */
function starsAt(characters: readonly string[], at: number, anchored: boolean): readonly [Token, number] {
  let end = at;
  while (characters[end] === '*') end += 1;
  const first = at === 0 || (anchored && !characters.slice(0, at).some((one) => /[*?[\\]/.test(one)));
  const open = first || characters[at - 1] === '/';
  if (end - at < 2 || !open) return [{ kind: 'run', slashes: false }, end];
  if (end === characters.length) return [{ kind: 'run', slashes: true }, end];
  return characters[end] === '/' ? [{ kind: 'folders' }, end + 1] : [{ kind: 'run', slashes: false }, end];
}

const CLASSES: Readonly<Record<string, RegExp>> = {
  alnum: /[A-Za-z0-9]/, alpha: /[A-Za-z]/, blank: /[ \t]/, cntrl: /[\u0000-\u001f\u007f]/, digit: /[0-9]/, graph: /[!-~]/,
  lower: /[a-z]/, print: /[ -~]/, punct: /[!-/:-@[-`{-~]/, space: /[ \t\n\v\f\r]/, upper: /[A-Z]/, xdigit: /[0-9A-Fa-f]/,
};

function bracketAt(characters: readonly string[], start: number): { accepts(character: string): boolean; readonly next: number } | undefined {
  let at = start + 1;
  const negated = characters[at] === '!' || characters[at] === '^';
  if (negated) at += 1;
  const members: ((character: string) => boolean)[] = [];
  for (let first = true; first || characters[at] !== ']'; first = false) {
    if (characters[at] === undefined) return undefined;
    if (characters[at] === '[' && characters[at + 1] === ':') {
      const end = characters.indexOf(']', at);
      const named = CLASSES[characters.slice(at + 2, end - 1).join('')];
      if (end < 0 || characters[end - 1] !== ':' || named === undefined) return undefined;
      members.push((character) => named.test(character));
      at = end + 1;
      continue;
    }
    const [low, afterLow] = memberAt(characters, at);
    if (low === undefined) return undefined;
    at = afterLow;
    if (characters[at] === '-' && characters[at + 1] !== undefined && characters[at + 1] !== ']') {
      const [high, afterHigh] = memberAt(characters, at + 1);
      if (high === undefined) return undefined;
      at = afterHigh;
      members.push((character) => character === low || (character >= low && character <= high));
    } else {
      members.push((character) => character === low);
    }
  }
  return { next: at + 1, accepts: (character) => character !== '/' && members.some((member) => member(character)) !== negated };
}

function memberAt(characters: readonly string[], at: number): readonly [string | undefined, number] {
  return characters[at] === '\\' ? [characters[at + 1], at + 2] : [characters[at], at + 1];
}

/** All states at once, so that no file name can make it slow: characters times tokens, no more. */
function matchTokens(tokens: readonly Token[], text: string): boolean {
  let states = new Set<number>();
  enter(tokens, 0, states);
  let before = '';
  for (const character of text) {
    const next = new Set<number>();
    for (const state of states) {
      const token = tokens[state];
      if (token === undefined) continue;
      if (token.kind === 'one') {
        if (token.accepts(character)) enter(tokens, state + 1, next);
      } else if (token.kind === 'run') {
        if (token.slashes || character !== '/') enter(tokens, state, next);
      } else {
        next.add(state);
        if (character === '/' && before !== '') enter(tokens, state + 1, next);
      }
    }
    states = next;
    before = character;
  }
  return states.has(tokens.length);
}

/** A run may be empty, and so may the folders: both let the token behind them begin at once. */
function enter(tokens: readonly Token[], state: number, into: Set<number>): void {
  into.add(state);
  if (tokens[state] !== undefined && tokens[state].kind !== 'one') enter(tokens, state + 1, into);
}
