/** The lines that the program writes on stdout. Versioned; the adapter reads them with its own schema. */
export type WireLine =
  | { readonly type: 'session'; readonly session: string }
  | { readonly type: 'said'; readonly text: string }
  | { readonly type: 'tool-called'; readonly tool: string; readonly input: unknown }
  | { readonly type: 'tool-answered'; readonly tool: string; readonly ok: boolean; readonly output: string }
  | { readonly type: 'noted'; readonly text: string }
  | { readonly type: 'ended'; readonly reason: EndReason; readonly summary: string; readonly status?: number };

export type EndReason = 'finished' | 'turn-limit' | 'session-lost' | 'model-refused' | 'model-unreachable' | 'model-answer-broken';

const TEXT_MAX = 16_000;

export type Emit = (line: WireLine) => void;

/** One line, with long texts shortened: the wire is for people and logs, the conversation keeps the whole. */
export function wireText(line: WireLine): string {
  const shorten = (_key: string, value: unknown): unknown => (typeof value === 'string' && value.length > TEXT_MAX ? `${value.slice(0, TEXT_MAX)}… [${value.length - TEXT_MAX} more]` : value);
  return `${JSON.stringify({ v: 1, ...line }, shorten)}\n`;
}
