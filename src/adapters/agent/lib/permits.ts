import picomatch from 'picomatch';
import type { ToolRules } from '../../../domain/agent-policy.js';

/** What an agent wants to do, as far as it can be told from a call. Paths are from the working folder, with `/`. */
export type WantedCall =
  | { readonly kind: 'read' | 'web' }
  | { readonly kind: 'edit'; readonly paths: readonly string[] }
  | { readonly kind: 'command'; readonly command: string };

/**
 * Whether the rules permit a call; the text says why not. For agents that ask us, and for our own. It reads a command line
 * as text: what a program starts by itself is for the sandbox to bound.
 */
export function refusalOf(rules: ToolRules, call: WantedCall): string | undefined {
  switch (call.kind) {
    case 'read': return rules.read ? undefined : 'Reading files is not allowed by agent.tools.';
    case 'web': return rules.web ? undefined : 'The web is not allowed by agent.tools.';
    case 'edit': return call.paths.map((path) => editRefusal(rules, path)).find((refusal) => refusal !== undefined);
    case 'command': return commandRefusal(rules, call.command);
  }
}

function editRefusal({ edit }: ToolRules, path: string): string | undefined {
  const shown = JSON.stringify(path.slice(0, 200));
  if (edit.allowed === 'none') return 'Editing is not allowed by agent.tools.';
  if (fits(edit.denied, path)) return `${shown} is a protected path and must not be edited.`;
  if (edit.allowed !== 'all' && !fits(edit.allowed, path)) return `${shown} is none of the paths that agent.tools allows to edit.`;
  return undefined;
}

/** Letters of both cases count as the same: a protected file must not be had by another spelling. */
function fits(globs: readonly string[], path: string): boolean {
  return globs.some((glob) => picomatch.isMatch(path, glob, { dot: true, nocase: true }));
}

const PARTS = /&&|\|\||[;&|\n]/;
/** Substitutions and the like: what runs cannot be read from the text. */
const HIDDEN = /[`$<>(){}\\]/;

function commandRefusal({ command: rules }: ToolRules, line: string): string | undefined {
  if (rules.allowed === 'none') return 'Commands are not allowed by agent.tools.';
  const parts = line.split(PARTS).map(wordsOf).filter((words) => words.length > 0);
  const plain = parts.map(withoutVariables);
  const denied = rules.denied.find((prefix) => plain.some((words) => startsWith(words, prefix)));
  if (denied !== undefined) return `Commands that begin with \`${denied}\` are not allowed by agent.tools.`;
  if (rules.allowed === 'all') return undefined;
  const allowed = rules.allowed;
  if (HIDDEN.test(line)) return 'Only listed commands are allowed by agent.tools, and this one has substitutions or redirections in it. Write it plainly.';
  const other = parts.find((words) => !allowed.some((prefix) => startsWith(words, prefix)));
  return other === undefined ? undefined : `Only these commands are allowed by agent.tools: ${allowed.join(', ')}.`;
}

/** The words of one command, without quotes around a word. */
function wordsOf(text: string): readonly string[] {
  return text.trim().split(/\s+/).filter((word) => word !== '').map((word) => word.replace(/^(["'])(.*)\1$/, '$2'));
}

/** Variables before a command hide nothing from a rule that denies it. A list of allowed commands takes them as they are: `PATH=. npm test` is none of them. */
function withoutVariables(words: readonly string[]): readonly string[] {
  const first = words.findIndex((word) => !/^[A-Za-z_][A-Za-z0-9_]*=/.test(word));
  return first === -1 ? [] : words.slice(first);
}

function startsWith(words: readonly string[], prefix: string): boolean {
  return prefix.split(' ').every((word, index) => words[index] === word);
}
