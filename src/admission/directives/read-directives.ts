import { isMap, isScalar, LineCounter, parseDocument, visit, type Document } from 'yaml';
import { z } from 'zod';
import { RepositoryPath } from '../../domain/assignment.js';
import type { DirectiveBlock } from '../../domain/ticket.js';
import { distance } from '../../kit/distance.js';
import { err, ok, type Result } from '../../kit/result.js';

const CHARS_MAX = 8_192;
const PROBLEMS_MAX = 10;
const name = z.string().min(1).max(200);

/** What a ticket may ask for in its block. Strict: a key that nobody reads must not be believed to count. */
export const Directives = z.strictObject({
  repository: name.optional(),
  target: name.optional(),
  base: name.optional(),
  folders: z.array(RepositoryPath).min(1).max(50).optional(),
  context: z.array(RepositoryPath).min(1).max(50).optional(),
  agent: name.optional(),
  model: name.optional(),
  workflow: name.optional(),
  budget: z.strictObject({
    cost_usd: z.number().positive().max(10_000).optional(),
    attempts: z.number().int().positive().max(20).optional(),
    time: z.string().regex(/^\d{1,9}(ms|s|m|h)$/).optional(),
  }).optional(),
});
export type Directives = z.infer<typeof Directives>;

/** Something wrong in the block. `line` counts from 1 within it. The words may hold foreign text. */
export interface DirectiveProblem { readonly line: number; readonly words: string }

/** The directives with the place of each key, so that a value that is not allowed can be shown where it stands. */
export interface ReadDirectives { readonly directives: Directives; readonly lineOf: (path: readonly string[]) => number }

const FORMS: Readonly<Record<string, string>> = {
  repository: 'an alias or owner/name', target: 'the name of a target', base: 'a branch', agent: 'an agent', model: 'a model', workflow: 'the name of a workflow',
  folders: 'a list of folders below the repository root: [packages/api]', context: 'a list of files below the repository root: [docs/api.md]',
  budget: 'keys with values: cost_usd, attempts, time', cost_usd: 'a number of dollars above 0', attempts: 'a whole number from 1 to 20', time: 'a duration: 90s, 30m, 2h',
};

/**
 * Reads the `heddle` blocks of a snapshot. Nothing when there is none. Never throws, whatever the text is: it is foreign. YAML in
 * its plain form alone: anchors, aliases, tags, merge keys, several documents and double keys are refused.
 */
export function readDirectives(blocks: readonly DirectiveBlock[] | undefined): Result<ReadDirectives | undefined, readonly DirectiveProblem[]> {
  const [block, second] = blocks ?? [];
  if (block === undefined) return ok(undefined);
  if (second !== undefined) return err([{ line: 1, words: 'the ticket has more than one heddle block. Write one.' }]);
  if (!block.closed) return err([{ line: 1, words: 'the block is not closed. End it with a line of back ticks as it began.' }]);
  if (block.text.length > CHARS_MAX) return err([{ line: 1, words: `the block has more than ${CHARS_MAX} characters.` }]);
  try {
    return parsed(block.text);
  } catch {
    // The YAML library answers mistakes as values; what it throws for is nesting that is too deep.
    return err([{ line: 1, words: 'the block cannot be read as YAML. Write keys with plain values.' }]);
  }
}

function parsed(text: string): ReturnType<typeof readDirectives> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, strict: true, prettyErrors: false, merge: false });
  const at = (offset: number | undefined): number => Math.max(1, lines.linePos(offset ?? 0).line);
  const broken = [...document.errors, ...document.warnings].map((error) => ({ line: at(error.pos[0]), words: `not plain YAML: ${(error.message.split('\n')[0] ?? '').slice(0, 200)}` }));
  if (broken.length > 0) return err(broken.slice(0, PROBLEMS_MAX));
  const special = specials(document, at);
  if (special.length > 0) return err(special);
  const value: unknown = document.toJS({ maxAliasCount: 0 }) ?? {};
  const read = Directives.safeParse(value);
  const lineOf = (path: readonly string[]): number => at(offsetOf(document, path));
  if (!read.success) return err(read.error.issues.flatMap((issue) => problemsOf(issue, lineOf)).slice(0, PROBLEMS_MAX));
  return ok({ directives: read.data, lineOf });
}

/** Anchors, aliases and tags make text mean something that does not stand there. */
function specials(document: Document, at: (offset: number | undefined) => number): DirectiveProblem[] {
  const found: DirectiveProblem[] = [];
  visit(document, {
    Alias: (_key, node) => { found.push({ line: at(node.range?.[0]), words: 'aliases (*name) are not allowed. Write the value out.' }); },
    Node: (_key, node) => {
      if ('anchor' in node && node.anchor !== undefined) found.push({ line: at(node.range?.[0]), words: 'anchors (&name) are not allowed. Write the value out.' });
      if (node.tag !== undefined) found.push({ line: at(node.range?.[0]), words: 'tags (!name) are not allowed.' });
    },
  });
  return found.slice(0, PROBLEMS_MAX);
}

function problemsOf(issue: z.core.$ZodIssue, lineOf: (path: readonly string[]) => number): readonly DirectiveProblem[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    const allowed = path[0] === 'budget' ? ['cost_usd', 'attempts', 'time'] : Object.keys(Directives.shape);
    return issue.keys.map((key) => ({ line: lineOf([...path, key]), words: `unknown key ${JSON.stringify(key.slice(0, 80))}.${nearest(key, allowed)} Allowed are: ${allowed.join(', ')}.` }));
  }
  if (path.length === 0) return [{ line: 1, words: `the block must be keys with values. Allowed are: ${Object.keys(Directives.shape).join(', ')}.` }];
  const form = FORMS[path[0] === 'budget' && path[1] !== undefined ? path[1] : path[0] ?? ''] ?? 'another value';
  return [{ line: lineOf(path), words: `${path.join('.').slice(0, 100)} has a wrong value. It must be ${form}.` }];
}

function nearest(key: string, allowed: readonly string[]): string {
  const close = allowed.filter((one) => distance(key.slice(0, 40).toLowerCase(), one) <= 2);
  return close[0] === undefined || close.length > 1 ? '' : ` Did you mean ${close[0]}?`;
}

/** The offset of the deepest part of a path that stands in the text. */
function offsetOf(document: Document, path: readonly string[]): number | undefined {
  let node: unknown = document.contents;
  let offset: number | undefined;
  for (const part of path) {
    if (!isMap(node)) break;
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === part);
    if (pair === undefined) break;
    offset = isScalar(pair.key) ? pair.key.range?.[0] : offset;
    node = pair.value;
  }
  return offset;
}
