import type { JsonObject } from './json-object.js';

/** What a piece of content points at, when the provider would have to fetch or look it up. */
export type ForeignSource = 'url' | 'file-id' | 'stored-item' | 'container';

const SOURCES_INSIDE = new Set(['base64', 'text', 'content']);
const STORED_TYPES: Readonly<Record<string, ForeignSource>> = { item_reference: 'stored-item', container_upload: 'container' };

/**
 * Finds content by address, by file id or from the provider's store, anywhere below a list of messages. The input of a
 * tool call is the model's own text about the client's tools and is not looked into: a file may well hold such words.
 */
export function foreignSource(content: unknown): ForeignSource | undefined {
  const open: unknown[] = [content];
  while (open.length > 0) {
    const next = open.pop();
    if (Array.isArray(next)) {
      for (const item of next) open.push(item);
    } else if (typeof next === 'object' && next !== null) {
      const fields = next as JsonObject;
      const found = sourceOf(fields);
      if (found !== undefined) return found;
      const type = fields['type'];
      const call = type === 'tool_use' || type === 'function_call' || type === 'custom_tool_call' || type === 'local_shell_call';
      for (const [key, value] of Object.entries(fields)) if (!(call && (key === 'input' || key === 'action' || key === 'arguments'))) open.push(value);
    }
  }
  return undefined;
}

function sourceOf(fields: JsonObject): ForeignSource | undefined {
  const type = fields['type'];
  if (typeof type === 'string' && Object.hasOwn(STORED_TYPES, type)) return STORED_TYPES[type];
  if (isSet(fields['file_id'])) return 'file-id';
  if (Object.entries(fields).some(([name, value]) => (name.endsWith('_url') || name === 'file_data') && isAway(name, value))) return 'url';
  const source = fields['source'];
  if (typeof source === 'object' && source !== null && !Array.isArray(source)) {
    const kind = (source as JsonObject)['type'];
    if (kind === 'file') return 'file-id';
    if (typeof kind !== 'string' || !SOURCES_INSIDE.has(kind)) return 'url';
  }
  return undefined;
}

/** `image_url`, `file_url`, and what other servers add: `video_url`, `audio_url`; some take an address as `file_data`. */
function isAway(name: string, value: unknown): boolean {
  const address = typeof value === 'object' && value !== null ? (value as JsonObject)['url'] : value;
  if (name === 'file_data') return typeof address === 'string' && /^[a-z][a-z0-9+.-]{0,20}:\/\//i.test(address.slice(0, 40).trim());
  return isSet(address) && !(typeof address === 'string' && address.slice(0, 5).toLowerCase() === 'data:');
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}
