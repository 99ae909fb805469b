import { consequencesOf } from '../delivery/consequences.js';
import type { DeliveryInput } from '../delivery/deliver.js';
import { gatesReport } from '../delivery/gates-report.js';
import { lineNotes } from '../delivery/line-notes.js';
import type { CommitSha } from '../domain/ids.js';
import { parsePatch } from '../domain/patch.js';
import type { CheckRunReport } from '../ports/forge.js';
import type { Context } from './context.js';
import { heldRules } from './decide-sealing.js';
import type { RunFactOf } from './event.js';
import type { RunState } from './state.js';

export interface Wishes {
  readonly input: Pick<DeliveryInput, 'draft' | 'labels' | 'reviewers' | 'namedReviewers' | 'lineNotes' | 'mergeBy'>;
  readonly reports: readonly CheckRunReport[];
  readonly warnings: readonly string[];
}

/** What verdict, rules and risk of exactly this tree mean for the change that is opened with it. */
export async function wishesFor(context: Context, state: Extract<RunState, { kind: 'sealed' }>): Promise<Wishes> {
  const { trail, settings, ports } = context;
  const { delivery } = settings.config;
  const { tree, base } = state.candidate;
  const judged = trail.events.map(({ fact }) => fact).findLast((fact): fact is RunFactOf<'gate-evaluated'> => fact.type === 'gate-evaluated' && fact.tree === tree);
  if (judged === undefined) return { input: { draft: delivery.draft, labels: delivery.labels, reviewers: delivery.reviewers }, reports: [], warnings: [] };
  const record = state.attempts.find((one) => one.attempt === state.attempt);
  const answered = record !== undefined && judged.verdict.effect === 'hold' && heldRules(record).every((rule) => record.agreed?.includes(rule) === true);
  const [organisation = ''] = state.order.repository.split('/');
  const then = consequencesOf({ verdict: judged.verdict, policy: judged.policy, answered, organisation, takenBack: await takenBack(context, state.order.base.commit) }, delivery);
  const lines = delivery.line_notes === 0 ? [] : parsePatch(Buffer.from(await ports.workspace.patch(base, tree)).toString('utf8'));
  const added = new Map(lines.map((file) => [file.path, new Set(file.added.map(({ line }) => line))]));
  const findings = record?.judged.findings ?? [];
  return {
    input: {
      draft: then.draft, labels: then.labels, reviewers: then.owners, namedReviewers: then.reviewers,
      lineNotes: lineNotes({ verdict: judged.verdict, findings }, (path) => added.get(path) ?? NONE, delivery.line_notes),
      ...(then.merge.kind === 'by-itself' ? { mergeBy: then.merge.method } : {}),
    },
    reports: [gatesReport(judged.verdict, { held: then.held, answered })],
    warnings: then.merge.kind === 'by-people' && delivery.auto_merge.levels.length > 0 ? [`A person merges this change: ${then.merge.why}.`] : [],
  };
}

const NONE: ReadonlySet<number> = new Set();
const DAY_MS = 86_400_000;
const COMMITS_MAX = 2_000;

/** The revert watch: commits of our own runs that somebody took back on the base branch lately. Asked for only where it matters. */
async function takenBack({ ports, settings }: Context, head: CommitSha): Promise<readonly string[] | undefined> {
  const { delivery } = settings.config;
  if (delivery.auto_merge.levels.length === 0) return undefined;
  const since = Math.floor((Date.parse(ports.clock.now()) - Number.parseInt(delivery.auto_merge.revert_watch, 10) * DAY_MS) / 1_000);
  const { commits, whole } = await ports.workspace.history({ head, paths: [], commitsMax: COMMITS_MAX });
  const reverts = commits.filter((commit) => commit.at >= since).flatMap((commit) => commit.reverts);
  const ours = commits.filter((commit) => commit.run !== undefined);
  // Half a history can hide the very commit that was taken back; what it shows still counts.
  const found = ours.filter(({ commit }) => reverts.some((name) => commit.startsWith(name))).map(({ commit }) => commit);
  return whole || found.length > 0 || commits.length >= COMMITS_MAX ? found : undefined;
}
