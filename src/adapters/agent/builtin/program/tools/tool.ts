import type { ToolRules } from '../../../../../domain/agent-policy.js';
import { asNumber, asString } from '../json.js';
import type { JsonObject } from '../json.js';

/** What a tool works on: the resolved root of the workspace, and the rules of the repository. */
export interface ToolPlace { readonly root: string; readonly rules: ToolRules }

export interface ToolAnswer { readonly ok: boolean; readonly text: string }

export interface Tool {
  readonly name: string;
  readonly description: string;
  readonly properties: Readonly<Record<string, { readonly type: 'string' | 'integer' | 'boolean'; readonly description: string }>>;
  readonly required: readonly string[];
  readonly needs: 'read' | 'edit' | 'command';
  run(input: JsonObject, place: ToolPlace): Promise<ToolAnswer>;
}

/** A tool's refusal in words for the model: what was wrong and what to do instead. Thrown inside tools, answered by the dispatcher. */
export class ToolRefusal extends Error {}

export function text(input: JsonObject, name: string): string {
  const value = asString(input[name]);
  if (value === undefined) throw new ToolRefusal(`"${name}" must be given as a string.`);
  return value;
}

/** A whole number, or the fallback when it is not given. Numbers in strings are understood: models write them. */
export function whole(input: JsonObject, name: string, fallback: number): number {
  const value = input[name];
  if (value === undefined || value === null || value === '') return fallback;
  const number = asNumber(value) ?? Number(asString(value) ?? Number.NaN);
  if (!Number.isSafeInteger(number)) throw new ToolRefusal(`"${name}" must be a whole number.`);
  return number;
}

export function answered(words: string): ToolAnswer {
  return { ok: true, text: words };
}
