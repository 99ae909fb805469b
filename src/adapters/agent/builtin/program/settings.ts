import type { Allowed, ToolRules } from '../../../../domain/agent-policy.js';
import { asNumber, asObject, asString, parseObject } from './json.js';

/** What the adapter tells the program, as one JSON document on stdin. The environment is not used: it would be seen by every command the agent runs. */
export interface AgentSettings {
  readonly version: 1;
  readonly api: 'anthropic-messages' | 'openai-chat';
  /** Base address of the model, without a path. */
  readonly url: string;
  /** A unix socket to use instead of the network; the url is then a name only. */
  readonly socket: string | undefined;
  readonly token: string;
  readonly model: string;
  readonly prompt: string;
  /** The session to go on with. */
  readonly session: string | undefined;
  readonly turnsMax: number;
  /** Budget of the conversation that is sent with each call, in UTF-16 units. */
  readonly contextCharsMax: number;
  readonly rules: ToolRules;
}

/** Reads the document; `undefined` when it is not one. It comes from our own adapter: anything wrong in it is a bug, not input. */
export function parseSettings(text: string): AgentSettings | undefined {
  const value = parseObject(text);
  const api = value?.['api'];
  const fields = asObject(value) ?? {};
  const [url, token, model, prompt] = ['url', 'token', 'model', 'prompt'].map((name) => asString(fields[name]));
  const turnsMax = asNumber(fields['turnsMax']);
  const contextCharsMax = asNumber(fields['contextCharsMax']);
  if (fields['version'] !== 1 || (api !== 'anthropic-messages' && api !== 'openai-chat')) return undefined;
  if (url === undefined || token === undefined || model === undefined || prompt === undefined) return undefined;
  if (turnsMax === undefined || contextCharsMax === undefined) return undefined;
  const rules = parseRules(fields['rules']);
  if (rules === undefined) return undefined;
  return { version: 1, api, url, socket: asString(fields['socket']), token, model, prompt, session: asString(fields['session']), turnsMax, contextCharsMax, rules };
}

function parseRules(value: unknown): ToolRules | undefined {
  const fields = asObject(value);
  const [edit, command] = [parseScope(fields?.['edit']), parseScope(fields?.['command'])];
  if (edit === undefined || command === undefined) return undefined;
  return { read: fields?.['read'] === true, web: fields?.['web'] === true, edit, command };
}

function parseScope(value: unknown): ToolRules['edit'] | undefined {
  const fields = asObject(value);
  const allowed = fields?.['allowed'] === 'all' || fields?.['allowed'] === 'none' ? fields['allowed'] : texts(fields?.['allowed']);
  const denied = texts(fields?.['denied']);
  return allowed === undefined || denied === undefined ? undefined : { allowed: allowed satisfies Allowed, denied };
}

function texts(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : undefined;
}
