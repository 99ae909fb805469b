import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node, type Scalar } from 'yaml';
import type { z } from 'zod';
import { distance } from '../kit/distance.js';
import { err, ok, type Result } from '../kit/result.js';

/** One thing that is wrong in a file that people write, at a place they can go to. Lines and columns count from 1. */
export interface ConfigProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** `limits.attempts` */
  readonly setting: string;
  readonly message: string;
}

/** A setting given by a flag or an action input. It beats the file; `origin` names it in errors: `--attempts`. */
export interface Override { readonly setting: string; readonly value: unknown; readonly origin: string }

export interface ReadDocument<T> {
  readonly data: T;
  /** The place of a setting; `offset` counts characters inside the text that stands there. */
  readonly locate: (path: readonly (string | number)[], offset?: number) => Pick<ConfigProblem, 'file' | 'line' | 'column'>;
}

export interface ReadOptions { readonly overrides?: readonly Override[]; readonly prepare?: (value: unknown) => unknown }

/**
 * Reads a YAML file by its schema. Unknown keys, wrong types and duplicate keys are errors, never defaults. All problems are
 * given at once. The text is bounded like foreign text: aliases are limited (a YAML "bomb"); the caller caps its size.
 */
export function readDocument<T>(source: { readonly text: string; readonly file: string }, schema: z.ZodType<T>, options: ReadOptions = {}): Result<ReadDocument<T>, readonly ConfigProblem[]> {
  const { overrides = [], prepare = (value) => value } = options;
  const lines = new LineCounter();
  const { file } = source;
  const document = parseDocument(source.text, { lineCounter: lines, uniqueKeys: true, strict: true, prettyErrors: false });
  if (document.errors.length > 0) return err(document.errors.map((error) => ({ file, ...place(lines, error.pos[0]), setting: '', message: `not valid YAML: ${error.message.split('\n')[0] ?? ''}` })));
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 50 }) ?? {};
  } catch (cause) {
    return err([{ file, line: 1, column: 1, setting: '', message: `the file could not be read: ${(cause as Error).message}` }]);
  }
  const merged = structuredClone(value);
  for (const override of overrides) assign(merged, override);
  const where: Place = { file, text: source.text, document, lines, overrides };
  const parsed = schema.safeParse(prepare(merged));
  if (!parsed.success) return err(parsed.error.issues.flatMap((issue) => problemsOf(issue, { where, schema, value: merged })));
  return ok({ data: parsed.data, locate: (path, offset) => (offset === undefined ? placeOf(path.map(String), where, false) : placeInText(path.map(String), where, offset)) });
}

/** `file:line:column: setting: message`, as editors and CI logs make it clickable. */
export function configProblemText(problem: ConfigProblem): string {
  const setting = problem.setting === '' ? '' : `${problem.setting}: `;
  return `${problem.file}:${problem.line}:${problem.column}: ${setting}${problem.message}`;
}

interface Place { readonly file: string; readonly text: string; readonly document: Document; readonly lines: LineCounter; readonly overrides: readonly Override[] }
interface Reading { readonly where: Place; readonly schema: z.core.$ZodType; readonly value: unknown }

function problemsOf(issue: z.core.$ZodIssue, { where, schema, value }: Reading): ConfigProblem[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    const allowed = allowedKeys(schema, path);
    return issue.keys.map((key) => ({
      ...placeOf([...path, key], where, true),
      setting: [...path, key].join('.'),
      message: `unknown setting${allowed.length > 0 ? `; allowed here: ${allowed.join(', ')}` : ''}${nearest(key, allowed)}${reasonAgainst(path, key)}`,
    }));
  }
  return [{ ...placeOf(path, where, false), setting: path.join('.'), message: wordsFor(issue, valueAt(value, path)) }];
}

/** Keys that other tools know and that are left out on purpose. */
function reasonAgainst(path: readonly string[], key: string): string {
  const remote = path.length === 3 && path[0] === 'agent' && path[1] === 'mcp' && ['url', 'type', 'headers', 'httpUrl', 'transport'].includes(key);
  return remote ? '. Remote MCP servers are refused: the agent\'s sandbox has no network, and what a server elsewhere answers nobody here can pin or record. Give the `command` of a server that speaks over stdio' : '';
}

function wordsFor(issue: z.core.$ZodIssue, given: unknown): string {
  switch (issue.code) {
    case 'invalid_value': {
      const allowed = issue.values.map(String);
      return `must be one of ${allowed.join(', ')}${typeof given === 'string' ? nearest(given, allowed) : ''}`;
    }
    case 'invalid_type':
      return `must be ${/^[aeiou]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected}`;
    default:
      return issue.message;
  }
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, part) => (typeof at === 'object' && at !== null && Object.hasOwn(at, part) ? (at as Readonly<Record<string, unknown>>)[part] : undefined), value);
}

/** The keys that the schema knows at a path, for the message of an unknown one. */
function allowedKeys(root: z.core.$ZodType, path: readonly string[]): string[] {
  let schema: z.core.$ZodType | undefined = root;
  for (const part of path) {
    schema = unwrap(schema);
    const def: z.core.$ZodTypeDef & { shape?: Record<string, z.core.$ZodType>; valueType?: z.core.$ZodType; element?: z.core.$ZodType } = schema._zod.def;
    schema = def.shape?.[part] ?? def.valueType ?? def.element;
    if (schema === undefined) return [];
  }
  const def: z.core.$ZodTypeDef & { shape?: Record<string, z.core.$ZodType> } = unwrap(schema)._zod.def;
  return Object.keys(def.shape ?? {});
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  let current = schema;
  for (;;) {
    const def: z.core.$ZodTypeDef & { innerType?: z.core.$ZodType } = current._zod.def;
    if (def.innerType === undefined) return current;
    current = def.innerType;
  }
}

/** The closest word, when one is closer than all others. */
function nearest(key: string, allowed: readonly string[]): string {
  const far = allowed.map((candidate) => ({ candidate, by: distance(key.toLowerCase(), candidate.toLowerCase()) })).filter(({ by }) => by <= 2).sort((a, b) => a.by - b.by);
  const [first, second] = far;
  return first !== undefined && first.by !== second?.by ? `. Did you mean ${first.candidate}?` : '';
}

function placeOf(path: readonly string[], where: Place, atKey: boolean): { file: string; line: number; column: number } {
  const setting = path.join('.');
  const override = where.overrides.find((one) => one.setting === setting);
  if (override !== undefined) return { file: override.origin, line: 1, column: 1 };
  return { file: where.file, ...place(where.lines, nodeAt(where.document, path, atKey).offset) };
}

/** A character inside a text of the file. Exact where the text stands as it is read; in folded texts the place of the text. */
function placeInText(path: readonly string[], where: Place, offset: number): { file: string; line: number; column: number } {
  const { node } = nodeAt(where.document, path, false);
  const start = node?.range?.[0];
  if (!isScalar(node) || typeof node.value !== 'string' || start === undefined) return placeOf(path, where, false);
  return { file: where.file, ...place(where.lines, offsetInText(node, where.text, offset) ?? start) };
}

function offsetInText(node: Scalar, text: string, offset: number): number | undefined {
  const [start = 0, end = 0] = node.range ?? [];
  const value = String(node.value);
  const raw = text.slice(start, end);
  if (!raw.startsWith('|')) {
    const at = raw.indexOf(value);
    return at < 0 ? undefined : start + at + offset;
  }
  // A block text keeps its lines and loses their indentation.
  const before = value.slice(0, offset).split('\n');
  const rows = raw.split('\n');
  const wanted = rows[before.length];
  const line = value.split('\n')[before.length - 1];
  if (wanted === undefined || line === undefined || !wanted.endsWith(line)) return undefined;
  return start + rows.slice(0, before.length).join('\n').length + 1 + (wanted.length - line.length) + (before.at(-1) ?? '').length;
}

/** The deepest node of the path that exists, and its offset; that of its key when the key itself is wrong. */
function nodeAt(document: Document, path: readonly string[], atKey: boolean): { readonly node: Node | undefined; readonly offset: number } {
  let node: unknown = document.contents;
  let offset = (node as Node | null)?.range?.[0] ?? 0;
  for (const [index, part] of path.entries()) {
    if (isMap(node)) {
      const pair = node.items.find((item) => String((item.key as { value?: unknown } | null)?.value) === part);
      if (pair === undefined) break;
      const key = (pair.key as Node | null)?.range?.[0];
      const value = (pair.value as Node | null)?.range?.[0];
      offset = (atKey && index === path.length - 1 ? key : (value ?? key)) ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(part)];
      offset = (node as Node | undefined)?.range?.[0] ?? offset;
    } else {
      break;
    }
  }
  return { node: (node ?? undefined) as Node | undefined, offset };
}

function place(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

/** Sets `a.b.c` on plain data, making the objects on the way; a scalar in the way is left for the schema to refuse. */
function assign(target: unknown, override: Override): void {
  let node = target as Record<string, unknown>;
  const parts = override.setting.split('.');
  for (const part of parts.slice(0, -1)) {
    if (typeof node !== 'object' || node === null) return;
    node[part] ??= {};
    node = node[part] as Record<string, unknown>;
  }
  if (typeof node === 'object' && node !== null) node[parts.at(-1) ?? ''] = override.value;
}
