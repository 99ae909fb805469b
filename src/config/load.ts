import { isMap, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import type { z } from 'zod';
import { digestOfJson } from '../domain/digest.js';
import type { Digest } from '../domain/ids.js';
import { distance } from '../kit/distance.js';
import { err, ok, type Result } from '../kit/result.js';
import { withAgentDefaults } from './agent-defaults.js';
import { Configuration } from './configuration.js';

/** One thing that is wrong in a configuration, at a place a person can go to. Lines and columns count from 1. */
export interface ConfigProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** `limits.attempts` */
  readonly setting: string;
  readonly message: string;
}

export interface LoadedConfiguration {
  readonly config: Configuration;
  /** Of the effective configuration, overrides included: what the order binds to. */
  readonly digest: Digest;
  /** Where the text came from, or `built-in defaults`. */
  readonly origin: string;
  /** The place of a setting for a message, with its name: `.heddle.yml:7:13: agent.tools`. */
  readonly where?: (setting: string) => string;
}

/** A setting given by a flag or an action input. It beats the file; `origin` names it in errors: `--attempts`. */
export interface Override { readonly setting: string; readonly value: unknown; readonly origin: string }

/**
 * Reads a configuration. Unknown keys, wrong types and duplicate keys are errors, never defaults. All problems are given at
 * once. The text is our own repository's at a pinned commit, yet it is bounded like foreign text: aliases are limited
 * (a YAML "bomb") and the size is capped by the caller.
 */
export function loadConfiguration(source: { readonly text: string; readonly file: string } | undefined, overrides: readonly Override[] = []): Result<LoadedConfiguration, readonly ConfigProblem[]> {
  const lines = new LineCounter();
  const file = source?.file ?? 'built-in defaults';
  const document = parseDocument(source?.text ?? '', { lineCounter: lines, uniqueKeys: true, strict: true, prettyErrors: false });
  if (document.errors.length > 0) {
    return err(document.errors.map((error) => ({ file, ...place(lines, error.pos[0]), setting: '', message: yamlMessage(error.message) })));
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 50 }) ?? {};
  } catch (cause) {
    return err([{ file, line: 1, column: 1, setting: '', message: `the file could not be read: ${(cause as Error).message}` }]);
  }
  const merged = structuredClone(value);
  for (const override of overrides) assign(merged, override);
  const parsed = Configuration.safeParse(withAgentDefaults(merged));
  if (!parsed.success) return err(parsed.error.issues.flatMap((issue) => problemsOf(issue, { file, document, lines, overrides })));
  const where = (setting: string): string => configProblemText({ ...placeOf(setting.split('.'), { file, document, lines, overrides }, false), setting, message: '' }).replace(/: $/, '');
  return ok({ config: parsed.data, digest: digestOfJson(parsed.data), origin: file, where });
}

/** `file:line:column: setting: message`, as editors and CI logs make it clickable. */
export function configProblemText(problem: ConfigProblem): string {
  const setting = problem.setting === '' ? '' : `${problem.setting}: `;
  return `${problem.file}:${problem.line}:${problem.column}: ${setting}${problem.message}`;
}

interface Place { readonly file: string; readonly document: Document; readonly lines: LineCounter; readonly overrides: readonly Override[] }

function problemsOf(issue: z.core.$ZodIssue, where: Place): ConfigProblem[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    const allowed = allowedKeys(path);
    return issue.keys.map((key) => ({
      ...placeOf([...path, key], where, true),
      setting: [...path, key].join('.'),
      message: `unknown setting${allowed.length > 0 ? `; allowed here: ${allowed.join(', ')}` : ''}${nearest(key, allowed)}${reasonAgainst(path, key)}`,
    }));
  }
  return [{ ...placeOf(path, where, false), setting: path.join('.'), message: wordsFor(issue) }];
}

/** Keys that other tools know and that are left out on purpose. */
function reasonAgainst(path: readonly string[], key: string): string {
  const remote = path.length === 3 && path[0] === 'agent' && path[1] === 'mcp' && ['url', 'type', 'headers', 'httpUrl', 'transport'].includes(key);
  return remote ? '. Remote MCP servers are refused: the agent\'s sandbox has no network, and what a server elsewhere answers nobody here can pin or record. Give the `command` of a server that speaks over stdio' : '';
}

function wordsFor(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'invalid_type':
      return `must be ${article(issue.expected)}`;
    default:
      return issue.message;
  }
}

function article(type: string): string {
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}

/** The keys that the schema knows at a path, for the message of an unknown one. */
function allowedKeys(path: readonly string[]): string[] {
  let schema: z.core.$ZodType | undefined = Configuration;
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

function nearest(key: string, allowed: readonly string[]): string {
  const close = allowed.filter((candidate) => distance(key.toLowerCase(), candidate) <= 2);
  return close.length === 1 && close[0] !== undefined ? `. Did you mean ${close[0]}?` : '';
}

function placeOf(path: readonly string[], where: Place, atKey: boolean): { file: string; line: number; column: number } {
  const setting = path.join('.');
  const override = where.overrides.find((one) => one.setting === setting);
  if (override !== undefined) return { file: override.origin, line: 1, column: 1 };
  return { file: where.file, ...place(where.lines, offsetOf(where.document, path, atKey)) };
}

/** The offset of the deepest node of the path that exists; of its key when the key itself is wrong. */
function offsetOf(document: Document, path: readonly string[], atKey: boolean): number {
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
  return offset;
}

function place(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function yamlMessage(message: string): string {
  return `not valid YAML: ${message.split('\n')[0] ?? ''}`;
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
