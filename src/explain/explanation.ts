import { z } from 'zod';
import { Instant, RunId } from '../domain/ids.js';
import { TicketRef } from '../domain/ticket.js';
import { reasonOf, type Reason, type ReasonKind } from './reasons.js';
import { toldOf, type Node } from './told.js';

/** What is known of a run, wherever it was read: entries in their order, without contents. */
export interface KnownRun {
  readonly run: string;
  readonly source: 'run-folder' | 'ledger' | 'waiting-store';
  readonly entries: readonly { readonly at: string; readonly fact: { readonly type: string } }[];
}

const TreeNode: z.ZodType<Node> = z.lazy(() => z.strictObject({ rule: z.string(), effect: z.string(), words: z.string(), values: z.record(z.string(), z.unknown()).optional(), children: z.array(TreeNode).optional() }));

/** What `heddle explain --json` prints. */
export const ExplainDocument = z.strictObject({
  version: z.literal(1),
  ticket: TicketRef.optional(),
  runs: z.array(z.strictObject({
    run: RunId,
    source: z.enum(['run-folder', 'ledger', 'waiting-store']),
    standing: z.string(),
    /** The code at which it stands, with who can do what. */
    reason: z.strictObject({ kind: z.enum(['decline', 'wait', 'exhaustion', 'fault']), code: z.string(), why: z.string(), who: z.string(), next: z.string() }).optional(),
    until: z.string().optional(),
    timeline: z.array(z.strictObject({ at: Instant, text: z.string() })),
    /** The last decision about it. */
    decision: TreeNode.optional(),
  })),
  /** What would be decided now, asked read-only; for a ticket that is no run's. */
  live: z.strictObject({ words: z.string(), decision: TreeNode }).optional(),
});
export type ExplainDocument = z.infer<typeof ExplainDocument>;
type ExplainedRun = ExplainDocument['runs'][number];

/** Runs in the order in which they began. */
export function explain(known: readonly KnownRun[], about: { readonly ticket?: TicketRef | undefined; readonly live?: ExplainDocument['live'] }): ExplainDocument {
  const runs = known.map(explainedRun).sort((a, b) => ((a.timeline[0]?.at ?? '') < (b.timeline[0]?.at ?? '') ? -1 : 1));
  return ExplainDocument.parse({ version: 1, ...(about.ticket === undefined ? {} : { ticket: about.ticket }), runs, ...(about.live === undefined ? {} : { live: about.live }) });
}

function explainedRun({ run, source, entries }: KnownRun): z.input<typeof ExplainDocument>['runs'][number] {
  const told = entries.flatMap(({ at, fact }) => {
    const one = toldOf(fact);
    return one === undefined ? [] : [{ at, ...one }];
  });
  const standing = standingOf(entries);
  const decision = told.findLast((one) => one.tree !== undefined)?.tree;
  return { run, source, standing: standing.words, ...(standing.reason === undefined ? {} : { reason: standing.reason }), ...(standing.until === undefined ? {} : { until: standing.until }), timeline: told.map(({ at, text }) => ({ at, text })), ...(decision === undefined ? {} : { decision }) };
}

interface Standing { readonly words: string; readonly reason?: Reason | undefined; readonly until?: string | undefined }

const Coded = z.object({ code: z.string().optional(), reason: z.string().optional(), asks: z.string().optional(), expiresAt: z.string().optional(), fault: z.object({ code: z.string() }).optional() });

/** Where a run stands by its last words: ended, waiting, or at work. */
function standingOf(entries: KnownRun['entries']): Standing {
  const last = entries.findLast(({ fact }) => !ASIDE.has(fact.type))?.fact;
  const parsed = Coded.safeParse(last);
  const given = parsed.success ? parsed.data : {};
  const by = (words: string, kind: ReasonKind, code: string | undefined): Standing => ({ words, reason: code === undefined ? undefined : reasonOf(kind, code), until: given.expiresAt });
  switch (last?.type) {
    case 'declined': return by('not started', 'decline', given.code);
    case 'human-asked': return by('waits for a person', 'wait', given.asks ?? 'delivery');
    case 'exhausted': return by('stopped', 'exhaustion', given.reason);
    case 'faulted': return by('failed', 'fault', given.fault?.code);
    case 'delivered': return { words: 'delivered' };
    case 'cancelled': return { words: 'cancelled' };
    case 'superseded': return { words: 'superseded' };
    default: return { words: 'at work, or its job was stopped' };
  }
}

/** Facts that change nothing about where a run stands. */
const ASIDE: ReadonlySet<string> = new Set(['command-used', 'resumed', 'follow-up-filed']);

export type { ExplainedRun };
