import { parse } from 'yaml';
import { z } from 'zod';

const Workflow = z.object({ on: z.union([z.string(), z.array(z.string()), z.record(z.string(), z.unknown())]) });

/** The triggers a workflow file names, in any of the three forms of `on:`. Hostile text: a file that does not parse has none. */
export function triggersIn(text: string): ReadonlySet<string> {
  let data: unknown;
  try {
    data = parse(text, { maxAliasCount: 50, logLevel: 'silent' });
  } catch {
    return new Set();
  }
  const parsed = Workflow.safeParse(data);
  if (!parsed.success) return new Set();
  const { on } = parsed.data;
  return new Set(typeof on === 'string' ? [on] : Array.isArray(on) ? on : Object.keys(on));
}
