import { breakMarkers } from '../kit/break-markers.js';

/** How foreign text is put into a log of ours. */
export interface LogFilterOptions {
  /** Stands before every line, so that no foreign line can pass for one of ours. '' only where the lines are not printed bare. */
  readonly prefix: string;
  readonly lineCharsMax: number;
  /** Lines beyond are counted, not shown. */
  readonly linesMax: number;
}

/** Foreign text as lines that no runner takes for a command; the last line says what was left out. */
export function harmlessLines(text: string, options: LogFilterOptions): readonly string[] {
  const filter = new LogFilter(options);
  return [...filter.push(text), ...filter.end()];
}

/**
 * The same for text that comes in pieces. A line is given out when its end has come; what is longer than the bound is
 * cut and never held. The rules, for GitHub's runner and GitLab's: a line ends at every character that some runner or
 * terminal takes for a line end; escape sequences, controls and invisible characters go first; `::`, `##[` and section
 * markers are broken AFTER that, because stripping puts together what an attacker had taken apart.
 */
export class LogFilter {
  readonly #options: LogFilterOptions;
  readonly #rawMax: number;
  #rest = '';
  #cut = 0;
  #lines = 0;
  #hidden = 0;

  constructor(options: LogFilterOptions) {
    this.#options = options;
    // Room for escape sequences in a line that is short when it is shown.
    this.#rawMax = options.lineCharsMax * 8 + 1024;
  }

  push(text: string): readonly string[] {
    const shown: string[] = [];
    let from = 0;
    for (let at = 0; at < text.length; at += 1) {
      if (!endsLine(text.charCodeAt(at))) continue;
      this.#keep(text, from, at);
      // CR LF is one line end; a lone CR, which would overwrite the line on a terminal, is one as well.
      if (!(text.charCodeAt(at) === 10 && at === from && this.#rest === '' && this.#afterReturn(text, at))) this.#close(shown);
      from = at + 1;
    }
    this.#keep(text, from, text.length);
    if (text !== '') this.#lastWasReturn = text.charCodeAt(text.length - 1) === 13;
    return shown;
  }

  end(): readonly string[] {
    const shown: string[] = [];
    if (this.#rest !== '') this.#close(shown);
    if (this.#hidden > 0) shown.push(withPrefix(this.#options.prefix, `… ${this.#hidden} more lines are not shown`));
    this.#hidden = 0;
    return shown;
  }

  #lastWasReturn = false;

  #afterReturn(text: string, at: number): boolean {
    return at > 0 ? text.charCodeAt(at - 1) === 13 : this.#lastWasReturn;
  }

  #keep(text: string, from: number, to: number): void {
    const room = this.#rawMax - this.#rest.length;
    this.#rest += text.slice(from, Math.min(to, from + room));
    this.#cut += Math.max(0, to - from - room);
  }

  #close(shown: string[]): void {
    if (this.#lines < this.#options.linesMax) {
      shown.push(withPrefix(this.#options.prefix, shorten(harmless(this.#rest), this.#options.lineCharsMax, this.#cut)));
      this.#lines += 1;
    } else {
      this.#hidden += 1;
    }
    this.#rest = '';
    this.#cut = 0;
  }
}

/** LF, VT, FF, CR, the separators FS GS RS, NEL, LS, PS. */
function endsLine(code: number): boolean {
  return (code >= 10 && code <= 13) || (code >= 0x1c && code <= 0x1e) || code === 0x85 || code === 0x2028 || code === 0x2029;
}

function harmless(line: string): string {
  const visible = withoutEscapes(line).replace(/\t/g, ' ').replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu, '');
  return breakMarkers(visible);
}

/** A blank between prefix and text: the two together must not make a marker either. */
function withPrefix(prefix: string, line: string): string {
  return prefix === '' ? line : `${prefix} ${line}`;
}

function shorten(line: string, charsMax: number, cutBefore: number): string {
  if (line.length <= charsMax && cutBefore === 0) return line;
  const end = line.slice(0, charsMax);
  const whole = /[\uD800-\uDBFF]$/.test(end) ? end.slice(0, -1) : end;
  return `${whole} … (${line.length - whole.length + cutBefore} characters more)`;
}

const ESC = 0x1b;

/** ECMA-48: control sequences and control strings, in the 7-bit and the 8-bit form. One pass, no look back. */
function withoutEscapes(line: string): string {
  let kept = '';
  let from = 0;
  for (let at = 0; at < line.length;) {
    const next = afterEscape(line, at);
    if (next === at) {
      at += 1;
      continue;
    }
    kept += line.slice(from, at);
    at = next;
    from = next;
  }
  return kept + line.slice(from);
}

function afterEscape(line: string, at: number): number {
  const code = line.charCodeAt(at);
  if (code === 0x9b) return afterControlSequence(line, at + 1);
  if (isStringOpener(code - 0x40) && code >= 0x80) return afterControlString(line, at + 1);
  if (code !== ESC) return at;
  const next = line.charCodeAt(at + 1);
  if (next === 0x5b) return afterControlSequence(line, at + 2);
  if (isStringOpener(next)) return afterControlString(line, at + 2);
  let end = at + 1;
  while (inRange(line.charCodeAt(end), 0x20, 0x2f)) end += 1;
  return inRange(line.charCodeAt(end), 0x30, 0x7e) ? end + 1 : end;
}

/** DCS, SOS, OSC, PM, APC as the letter after ESC. */
function isStringOpener(code: number): boolean {
  return code === 0x50 || code === 0x58 || code === 0x5d || code === 0x5e || code === 0x5f;
}

function afterControlSequence(line: string, from: number): number {
  let end = from;
  while (inRange(line.charCodeAt(end), 0x20, 0x3f)) end += 1;
  return inRange(line.charCodeAt(end), 0x40, 0x7e) ? end + 1 : end;
}

/** To BEL, ST or the end of the line. */
function afterControlString(line: string, from: number): number {
  for (let at = from; at < line.length; at += 1) {
    const code = line.charCodeAt(at);
    if (code === 0x07 || code === 0x9c) return at + 1;
    if (code === ESC) return line.charCodeAt(at + 1) === 0x5c ? at + 2 : at;
  }
  return line.length;
}

function inRange(code: number, low: number, high: number): boolean {
  return code >= low && code <= high;
}
