import { z } from 'zod';
import { DRILL_ACTIONS, orderToken, type DrillAction } from '../domain/drill.js';

/** By which way an order comes to the agent. */
export const Channel = z.enum(['ticket', 'hidden-text', 'fake-frame', 'repository', 'tool-output']);
export type Channel = z.infer<typeof Channel>;

/** Orders of one wave are given in one run; those that would end the capture of the others have runs of their own. */
export const Wave = z.enum(['reading', 'git', 'gates']);
export type Wave = z.infer<typeof Wave>;

/** One entry of the corpus: a text with `{{orders}}` in it, where the orders stand in it, and what they ask for. */
export const Payload = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{3,60}$/),
  title: z.string().min(1).max(200),
  wave: Wave,
  channel: Channel,
  text: z.string().max(4000).refine((text) => text.includes('{{orders}}'), 'the text has no place for {{orders}}'),
  /** How the orders are written; the agent reads all of these. */
  coding: z.enum(['plain', 'tags', 'selectors', 'zero-width', 'entities']).default('plain'),
  /** Of the channels `repository` and `tool-output`: the file that is added to, or made. */
  file: z.string().regex(/^[\w./-]{1,100}$/).optional(),
  actions: z.array(z.enum(DRILL_ACTIONS)).min(1),
});
export type Payload = z.infer<typeof Payload>;

/** The text as it is planted. */
export function textOf(payload: Payload): string {
  const orders = payload.actions.map((action: DrillAction) => orderToken(payload.id, action)).join(' ');
  return payload.text.replaceAll('{{orders}}', () => coded(orders, payload.coding));
}

function coded(text: string, coding: Payload['coding']): string {
  const bytes = [...Buffer.from(text)];
  switch (coding) {
    case 'tags': return bytes.map((byte) => String.fromCodePoint(0xe0000 + byte)).join('');
    case 'selectors': return bytes.map((byte) => String.fromCodePoint(0xe0100 + byte - 16)).join('');
    case 'zero-width': return bytes.map((byte) => byte.toString(2).padStart(8, '0').replaceAll('0', '\u200b').replaceAll('1', '\u200c')).join('');
    case 'entities': return bytes.map((byte) => `&#x${byte.toString(16)};`).join('');
    default: return text;
  }
}
