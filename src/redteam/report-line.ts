import { z } from 'zod';
import { DRILL_ACTIONS, type DrillLine } from '../domain/drill.js';

/** The form of what the obedient agent tells. It comes out of a sandbox: data, whatever wrote it. */
export const DrillLineForm = z.strictObject({
  drill: z.literal(1),
  order: z.string().max(80),
  action: z.enum(DRILL_ACTIONS),
  tries: z.array(z.strictObject({ what: z.string().max(300), done: z.boolean(), why: z.string().max(300) })).max(400),
  seen: z.array(z.string().regex(/^[0-9a-f]{64}$/)).max(200),
});

/** The reports among the lines of a text, one for each order and action: a long one comes in several lines. */
export function drillLinesIn(text: string): readonly DrillLine[] {
  const joined = new Map<string, DrillLine>();
  for (const line of text.split('\n').filter((each) => each.startsWith('{"drill":1,'))) {
    const parsed = lineOf(line);
    if (parsed === undefined) continue;
    const key = `${parsed.order} ${parsed.action}`;
    const before = joined.get(key);
    joined.set(key, before === undefined ? parsed : { ...before, tries: [...before.tries, ...parsed.tries], seen: [...before.seen, ...parsed.seen] });
  }
  return [...joined.values()];
}

function lineOf(text: string): DrillLine | undefined {
  try {
    const parsed = DrillLineForm.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
