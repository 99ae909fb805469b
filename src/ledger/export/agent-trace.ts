import { z } from 'zod';
import type { RunEvent, RunFactOf } from '../../flow/event.js';
import { addedRanges } from './added-ranges.js';

/** An Agent Trace record (0.1): which lines of a commit an agent wrote, with which model. */
export const AgentTraceDocument = z.strictObject({
  version: z.literal('0.1'),
  id: z.string(),
  timestamp: z.string(),
  vcs: z.strictObject({ type: z.literal('git'), revision: z.string() }),
  tool: z.strictObject({ name: z.string(), version: z.string() }),
  files: z.array(z.strictObject({
    path: z.string(),
    conversations: z.array(z.strictObject({
      url: z.string().optional(),
      contributor: z.strictObject({ type: z.literal('ai'), model_id: z.string() }),
      ranges: z.array(z.strictObject({ start_line: z.number().int().positive(), end_line: z.number().int().positive() })),
    })),
  })),
  metadata: z.record(z.string(), z.string()),
});
export type AgentTraceDocument = z.infer<typeof AgentTraceDocument>;

/** Attribution of a delivered change. `patch` is our own git's output between base and delivered tree; its contents are foreign. */
export function agentTraceOf(events: readonly RunEvent[], patch: string, by: { readonly heddle: string }): AgentTraceDocument | undefined {
  const facts = events.map((event) => event.fact);
  const delivered = facts.findLast((fact): fact is RunFactOf<'delivered'> => fact.type === 'delivered');
  const started = facts.findLast((fact): fact is RunFactOf<'attempt-started'> => fact.type === 'attempt-started');
  const first = events[0];
  const last = events.at(-1);
  if (delivered === undefined || started === undefined || first === undefined || last === undefined) return undefined;
  return {
    version: '0.1',
    id: uuidOf(first.run),
    timestamp: last.at,
    vcs: { type: 'git', revision: delivered.commit },
    tool: { name: 'heddle', version: by.heddle },
    files: addedRanges(patch).map(({ path, ranges }) => ({
      path,
      conversations: [{
        ...(delivered.change.url === '' ? {} : { url: delivered.change.url }),
        contributor: { type: 'ai', model_id: started.model },
        ranges: ranges.map(([start_line, end_line]) => ({ start_line, end_line })),
      }],
    })),
    metadata: { run: first.run, agent: started.agent, attempt: String(delivered.attempt) },
  };
}

/** A UUID (version 8, RFC 9562: "custom") made of the run id, so that writing it again gives the same record. */
function uuidOf(run: string): string {
  const hex = Buffer.from(run).toString('hex').padEnd(32, '0').slice(0, 32);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
