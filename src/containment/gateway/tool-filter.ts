import type { JsonObject } from './json-object.js';

/**
 * Kinds of tools that the client itself executes. Everything else runs at the provider, with the provider's network:
 * web search, page fetch, code interpreter, file search, remote MCP, hosted computers and shells. It is a list of what
 * is allowed, because providers add kinds and never ask.
 */
const CLIENT_KINDS = new Set(['custom', 'function', 'local_shell', 'apply_patch']);
const CLIENT_FAMILIES = ['bash_', 'text_editor_'];

/** Takes provider-side tools out of a request and names them. A choice of tool that means one of them goes too. */
export function filterTools(body: JsonObject): { readonly body: JsonObject; readonly stripped: readonly string[] } {
  const tools = body['tools'];
  if (tools === undefined || tools === null) return { body, stripped: [] };
  if (!Array.isArray(tools)) return { body: without(body, ['tools', 'tool_choice']), stripped: ['tool:not-a-list'] };
  const stripped: string[] = [];
  const kept = keepClientTools(tools, stripped, 0);
  if (stripped.length === 0) return { body, stripped };
  const choiceGone = kept.length === 0 || choosesStripped(body['tool_choice'], kept);
  const rest = without(body, [...(kept.length === 0 ? ['tools'] : []), ...(choiceGone ? ['tool_choice'] : [])]);
  return { body: kept.length === 0 ? rest : { ...rest, tools: kept }, stripped };
}

function keepClientTools(tools: readonly unknown[], stripped: string[], depth: number): readonly unknown[] {
  return tools.flatMap((tool: unknown) => {
    if (typeof tool !== 'object' || tool === null || Array.isArray(tool)) {
      stripped.push('tool:not-an-object');
      return [];
    }
    const fields = tool as JsonObject;
    const type = fields['type'];
    // Without a kind it is a declaration, and that has a name: other servers know tools of their own by their only member (`google_search`).
    if (type === undefined || type === null) {
      if (typeof fields['name'] === 'string' && fields['name'] !== '') return [tool];
      stripped.push(`tool:${Object.keys(fields)[0]?.replace(/[^\w.-]/g, '?').slice(0, 60) ?? 'unnamed'}`);
      return [];
    }
    if (type === 'namespace' && Array.isArray(fields['tools']) && depth === 0) {
      return [{ ...fields, tools: keepClientTools(fields['tools'], stripped, 1) }];
    }
    if (typeof type === 'string' && (CLIENT_KINDS.has(type) || CLIENT_FAMILIES.some((family) => type.startsWith(family)))) return [tool];
    stripped.push(`tool:${typeof type === 'string' ? type.replace(/[^\w.-]/g, '?').slice(0, 60) : 'unnamed'}`);
    return [];
  });
}

/** Only a choice that names a tool can miss it; `auto`, `any`, `required` and `none` stay true for those that are left. */
function choosesStripped(choice: unknown, kept: readonly unknown[]): boolean {
  if (typeof choice !== 'object' || choice === null) return false;
  const fields = choice as JsonObject;
  const named = fields['function'];
  const name = fields['name'] ?? (typeof named === 'object' && named !== null ? (named as JsonObject)['name'] : undefined);
  const type = fields['type'];
  if (name === undefined) return typeof type === 'string' && !['auto', 'any', 'none', 'required', 'tool', 'function', 'custom'].includes(type);
  return !kept.some((tool) => {
    const definition = tool as JsonObject;
    const inner = definition['function'];
    return definition['name'] === name || (typeof inner === 'object' && inner !== null && (inner as JsonObject)['name'] === name);
  });
}

function without(body: JsonObject, fields: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([key]) => !fields.includes(key)));
}
