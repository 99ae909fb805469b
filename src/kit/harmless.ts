/**
 * Foreign text for people: nothing of it may act. Two layers: `defang` changes the raw characters, because bots read raw
 * text and not the rendered page; the wrappers below then choose a Markdown form in which the rest is inert too. No
 * zero-width tricks: what was changed can be seen.
 */
export function defang(text: string): string {
  return visible(text)
    // A full-width sign looks the same and names nobody: `contains(body, '@bot')` fails as well.
    .replaceAll('@', '＠')
    .replace(/#(?=[\p{L}\p{N}_])/gu, '＃')
    .replace(/GH-(?=\d)/gi, (match) => `${match.slice(0, 2)}\u2011`)
    .replaceAll('://', '[:]//')
    .replace(/www\./gi, (match) => `${match.slice(0, 3)}[.]`)
    // Our own hidden markers must not be imitated.
    .replaceAll('<!--', '<! --')
    .replace(/\[((?:skip|no|ci|actions)[ -][a-z]{1,20})\]/gi, '($1)')
    .replace(/\*\*\*NO_CI\*\*\*/gi, 'NO_CI')
    .replace(/\bskip-checks:/gi, 'skip-checks\u2236');
}

/** The text without what cannot be seen: control, bidirectional and invisible characters. For pages that escape by themselves. */
export function visible(text: string): string {
  return text.replace(LINE_ENDS, '\n').replace(UNSEEN, (char) => (char === '\n' || char === '\t' ? char : ''));
}

/** One line of prose inside our own Markdown line, never at its start: words that could act become code spans, the rest is escaped. */
export function inline(text: string, charsMax = 300): string {
  const words = oneLine(defang(text), charsMax).split(' ').filter((word) => word !== '');
  return words.map((word, index) => (RISKY_WORD.test(word) ? spanned(word) : escaped(word, index === 0))).join(' ');
}

/** One code span: for paths, names, commands. Nothing inside is rendered. */
export function code(text: string, charsMax = 200): string {
  const shown = oneLine(defang(text), charsMax);
  return span(shown === '' ? '(empty)' : shown);
}

/**
 * The lines of a fenced block inside a block quote, so that no raw line begins with foreign text (line commands, trailers),
 * and the fence is longer than any run of ticks in it. The parts are apart so that a budget can drop lines in the middle.
 */
export function fenced(text: string): { readonly open: string; readonly lines: readonly string[]; readonly close: string } {
  // trimEnd and not a regular expression: that would take quadratic time on long runs of white space.
  const clean = defang(text).replaceAll('\t', '  ').replace(/^\n+/, '').trimEnd();
  const ticks = '`'.repeat(Math.max(3, longestTicks(clean) + 1));
  return { open: `> ${ticks}text`, lines: clean.split('\n').map((line) => `> ${cut(line, FENCED_LINE_MAX)}`), close: `> ${ticks}` };
}

/** Plain text for places without Markdown: a title, the subject of a commit, the line of a log. */
export function plain(text: string, charsMax: number): string {
  const shown = oneLine(defang(text).replaceAll('[', '(').replaceAll(']', ')').replace(/`/g, '\''), charsMax);
  return shown.replace(/^(fixup|squash|amend)!/i, '$1').replace(/^[\s/\\#>*+-]+/, '').trim();
}

/** A link of ours. The address is data from an API: anything but a plain http(s) address is shown as code instead. */
export function link(label: string, url: string | undefined): string {
  const href = url === undefined ? undefined : safeUrl(url);
  return href === undefined ? label : `[${label}](${href})`;
}

/** The address, encoded so that it cannot leave a Markdown link or an attribute; `undefined` when it is not http(s). */
export function safeUrl(url: string): string | undefined {
  if (url.length > 2_000 || !URL.canParse(url)) return undefined;
  const parsed = new URL(url);
  if ((parsed.protocol !== 'https:' && parsed.protocol !== 'http:') || parsed.username !== '' || parsed.password !== '') return undefined;
  return parsed.href.replace(/[^\w.~:/?#&=%+;,-]/g, (char) => encodeURIComponent(char).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`));
}

/** Cuts in the middle of nothing: whole code points, and says that it cut. */
export function cut(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text;
  const end = Math.max(0, charsMax - 1);
  const code = text.charCodeAt(end - 1);
  return `${text.slice(0, code >= 0xd800 && code <= 0xdbff ? end - 1 : end)}…`;
}

const FENCED_LINE_MAX = 2_000;
const LINE_ENDS = /\r\n|[\r\u000b\u000c\u0085\u2028\u2029]/g;
/** Control, bidirectional, invisible, tag, variation-selector, private-use characters and lone surrogates. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/gu;
const RISKY_WORD = /[`$~^\\{}]|^\/|^[!%&*](?=[\p{L}\p{N}])|(?<![0-9a-z])[0-9a-f]{7,64}(?![0-9a-z])|\[[:.]\]|\u2011/iu;

function oneLine(text: string, charsMax: number): string {
  return cut(text.replace(/\s+/g, ' ').trim(), charsMax);
}

/** A word as code; what only ends the phrase around it stays outside. */
function spanned(word: string): string {
  const end = /[0-9a-z][,;.]$/i.test(word) ? word.length - 1 : word.length;
  return `${span(word.slice(0, end))}${word.slice(end)}`;
}

function span(text: string): string {
  const ticks = '`'.repeat(longestTicks(text) + 1);
  const pad = text.startsWith('`') || text.endsWith('`') ? ' ' : '';
  return `${ticks}${pad}${text}${pad}${ticks}`;
}

function longestTicks(text: string): number {
  let longest = 0;
  let run = 0;
  for (let at = 0; at < text.length; at += 1) {
    run = text.charCodeAt(at) === 0x60 ? run + 1 : 0;
    if (run > longest) longest = run;
  }
  return longest;
}

function escaped(word: string, first: boolean): string {
  const inner = word.replace(/[*_[\]<>&#!()]/g, '\\$&');
  return first ? inner.replace(/^([-+=:])/, '\\$1').replace(/^(\d{1,9})([.)])/, '$1\\$2') : inner;
}
