import type { QualityConfig } from '../../config/quality-config.js';
import type { VerdictNode } from '../../domain/verdict.js';
import { globMatcher } from '../../kit/globs.js';
import type { TextReader, TextSide } from '../gate-facts.js';
import { complexities, couldExceed, grammarOf, type FunctionComplexity } from './complexity.js';
import { isOwnCode } from './file-kinds.js';
import type { NewCode } from './new-code.js';
import { effectOf, gateFinding, offNode, placesOf, SHOWN_MAX } from './nodes.js';

const FILES_MAX = 300;
const CHARS_MAX = 4_000_000;
/** A change without any of these words or signs makes no function more complex, and needs no parser. */
const BREAKS = /\b(?:if|elif|elsif|unless|for|foreach|while|until|loop|switch|match|when|case|select|catch|except|rescue|and|or)\b|&&|\|\||\?/;

interface Risen { readonly path: string; readonly now: FunctionComplexity; readonly before: number | undefined }

/** New and changed functions that became more complex than they may be. What was as complex before is not charged to the change. */
export async function complexityRule(config: QualityConfig, code: NewCode, textOf: TextReader | undefined): Promise<VerdictNode> {
  const rule = 'complexity';
  const { effect: setting, max } = config.complexity;
  if (setting === 'off') return offNode(rule);
  const excluded = globMatcher(config.complexity.exclude, 'exact');
  if (!excluded.ok) return { rule, effect: 'error', words: `gates.quality.complexity.exclude cannot be used: ${excluded.error}` };
  const asked = [...code.lines].filter(([path, lines]) => isOwnCode(path) && grammarOf(path) !== undefined && !excluded.value(path) && lines.some(({ text }) => BREAKS.test(text)));
  if (asked.length === 0 || textOf === undefined) return { rule, effect: 'allow', words: 'no function got a new branch' };
  const risen: Risen[] = [];
  const unread: string[] = asked.slice(FILES_MAX).map(([path]) => path);
  let chars = 0;
  for (const [path, lines] of asked.slice(0, FILES_MAX)) {
    const text = await textOf('candidate', path);
    chars += text?.length ?? 0;
    if (text !== undefined && !couldExceed(text, max)) continue;
    const now = text === undefined || chars > CHARS_MAX ? undefined : await functionsOf(path, text);
    if (now === undefined) {
      unread.push(path);
      continue;
    }
    const news = new Set(lines.map(({ line }) => line));
    const suspects = now.filter((one) => one.complexity > max && touches(one, news));
    if (suspects.length === 0) continue;
    const old = await functionsBefore(code.pathBefore(path), textOf, 'base');
    for (const one of suspects) {
      const before = old.get(one.name);
      if (before === undefined || before < one.complexity) risen.push({ path, now: one, before });
    }
  }
  const partly = unread.length === 0 ? '' : `; not read: ${unread.slice(0, 3).join(', ')}${unread.length > 3 ? ` and ${unread.length - 3} more` : ''}`;
  if (risen.length === 0) return { rule, effect: 'allow', words: `no function became more complex than ${max}${partly}` };
  const worst = [...risen].sort((a, b) => b.now.complexity - a.now.complexity);
  return {
    rule, effect: effectOf(setting), words: `more complex than gates.quality.complexity.max (${max}): ${worst.slice(0, 3).map(told).join('; ')}${worst.length > 3 ? `; and ${worst.length - 3} more` : ''}${partly}`,
    values: { count: worst.length, max, functions: worst.slice(0, SHOWN_MAX).map(told), ...placesOf(worst.map(({ path, now }) => ({ path, line: now.line }))) },
    findings: worst.slice(0, SHOWN_MAX).map((one) => gateFinding('quality.complexity', { identity: [one.path, one.now.name], severity: 'warning', file: one.path, line: one.now.line, name: rule, message: `${told(one)}; at most ${max} is wanted. Take parts of it out into functions of their own.` })),
  };
}

function touches(one: FunctionComplexity, news: ReadonlySet<number>): boolean {
  for (let line = one.line; line <= one.endLine; line += 1) if (news.has(line)) return true;
  return false;
}

async function functionsBefore(path: string, textOf: TextReader, side: TextSide): Promise<ReadonlyMap<string, number>> {
  const text = await textOf(side, path);
  const functions = text === undefined ? [] : await functionsOf(path, text) ?? [];
  const worst = new Map<string, number>();
  for (const { name, complexity } of functions) worst.set(name, Math.max(worst.get(name) ?? 0, complexity));
  return worst;
}

/** Undefined when the parser cannot come to an end with it. Loaded when it is needed: a grammar costs more than most changes. */
async function functionsOf(path: string, text: string): Promise<readonly FunctionComplexity[] | undefined> {
  const grammar = grammarOf(path);
  if (grammar === undefined) return undefined;
  const { parse } = await import('../tamper/syntax/parse.js');
  const tree = await parse(grammar, text);
  return typeof tree === 'string' ? undefined : complexities(tree);
}

function told({ path, now, before }: Risen): string {
  return `${path}:${now.line} ${now.name} ${before === undefined ? now.complexity : `${before} -> ${now.complexity}`}`;
}
