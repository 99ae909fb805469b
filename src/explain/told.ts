import { z } from 'zod';
import { formatUsd, MicroUsd } from '../domain/money.js';
import { oneLine } from './one-line.js';
import { reasonOf } from './reasons.js';

/**
 * One thing that happened, in words, from what the ledger keeps of it: facts without contents. They may come from another version
 * or another hand, so every member is asked for, and what is not as expected is left out.
 */
export interface Told { readonly text: string; readonly tree?: Node | undefined }

/** A rule with what it said and saw. */
export interface Node { readonly rule: string; readonly effect: string; readonly words: string; readonly values?: Readonly<Record<string, unknown>> | undefined; readonly children?: readonly Node[] | undefined }

const node: z.ZodType<Node> = z.lazy(() => z.object({
  rule: z.string(), effect: z.string(), words: z.string(), values: z.record(z.string(), z.unknown()).optional(), children: z.array(node).optional(),
}));
const actor = z.object({ login: z.string() });
const request = z.object({ trigger: z.object({ kind: z.string(), label: z.string().optional(), command: z.union([z.string(), z.object({ name: z.string() })]).optional() }), actor, rerunBy: actor.optional() });
const verdict = z.object({ effect: z.string(), tree: node });

const FACTS = {
  'requested': z.object({ request }),
  'reconsidered': z.object({ request }),
  'declined': z.object({ code: z.string(), verdict: verdict.optional() }),
  'admitted': z.object({ order: z.object({ approvedBy: z.array(actor), limits: z.object({ costMicroUsdMax: z.number() }), base: z.object({ branch: z.string(), commit: z.string() }) }), verdict: verdict.optional() }),
  'human-asked': z.object({ asks: z.string().optional(), expiresAt: z.string().optional(), why: verdict }),
  'human-answered': z.object({ answer: z.string(), by: actor, note: z.string().optional() }),
  'approval-given': z.object({ by: actor, words: z.string() }),
  'override-granted': z.object({ grant: z.object({ rule: z.string(), by: actor, reason: z.string(), expiresAt: z.string() }) }),
  'command-used': z.object({ command: z.string(), by: actor, allowed: z.boolean(), words: z.string() }),
  'readiness-scored': z.object({ final: z.number(), threshold: z.number() }),
  'attempt-started': z.object({ attempt: z.number(), agent: z.string(), model: z.string() }),
  'agent-reported': z.object({ attempt: z.number(), ending: z.object({ kind: z.string(), reason: z.string().optional() }), usage: z.object({ cost: z.number() }) }),
  'gate-evaluated': z.object({ verdict }),
  'delivered': z.object({ change: z.object({ number: z.number(), url: z.string() }) }),
  'exhausted': z.object({ reason: z.string(), words: z.string() }),
  'cancelled': z.object({ by: z.string() }),
  'superseded': z.object({ by: z.string() }),
  'faulted': z.object({ fault: z.object({ code: z.string(), side: z.string() }), during: z.string() }),
} as const;
type Known = keyof typeof FACTS;
type FactOf<K extends Known> = z.infer<(typeof FACTS)[K]>;

const WORDS: { readonly [K in Known]: (fact: FactOf<K>) => Told } = {
  'requested': ({ request: by }) => ({ text: `Asked for by ${name(by.actor)}: ${act(by)}.` }),
  'reconsidered': ({ request: by }) => ({ text: `${name(by.actor)} did something (${act(by)}); everything was looked at again.` }),
  'declined': ({ code, verdict: why }) => ({ text: `Not started, \`${plain(code)}\`: ${reasonOf('decline', code)?.why ?? 'no words for this code in this version'}`, tree: why?.tree }),
  'admitted': ({ order, verdict: why }) => ({ text: `Admitted${order.approvedBy.length === 0 ? '' : `, approved by ${order.approvedBy.map(name).join(', ')}`}: on ${plain(order.base.branch)} at ${plain(order.base.commit).slice(0, 12)}, at most ${formatUsd(MicroUsd.parse(order.limits.costMicroUsdMax))}.`, tree: why?.tree }),
  'human-asked': ({ asks, expiresAt, why }) => ({ text: `Waited for a person (\`${plain(asks ?? 'delivery')}\`)${expiresAt === undefined ? '' : ` until ${plain(expiresAt)}`}: ${held(why.tree)}.`, tree: why.tree }),
  'human-answered': ({ answer, by, note }) => ({ text: `${name(by)} answered: ${plain(answer)}${note === undefined ? '' : `, «${plain(note)}»`}.` }),
  'approval-given': ({ by, words }) => ({ text: `${name(by)} said yes to the held change: ${plain(words)}.` }),
  'override-granted': ({ grant }) => ({ text: `${name(grant.by)} lifted the rule \`${plain(grant.rule)}\` until ${plain(grant.expiresAt)}: «${plain(grant.reason)}».` }),
  'command-used': ({ command, by, allowed, words }) => ({ text: `${name(by)} wrote \`/heddle ${plain(command)}\`, ${allowed ? 'allowed' : 'not allowed'}: ${plain(words)}.` }),
  'readiness-scored': ({ final, threshold }) => ({ text: `Clarity ${final} of 100; ${threshold} wanted.` }),
  'attempt-started': ({ attempt, agent, model }) => ({ text: `Attempt ${attempt} began: ${plain(agent)} with ${plain(model)}.` }),
  'agent-reported': ({ attempt, ending, usage }) => ({ text: `Attempt ${attempt} ${plain(ending.kind)}${ending.reason === undefined ? '' : ` (${plain(ending.reason)})`}, ${formatUsd(MicroUsd.parse(usage.cost))}.` }),
  'gate-evaluated': ({ verdict: judged }) => ({ text: judged.effect === 'allow' ? 'The gates let the change through.' : `The gates said ${plain(judged.effect)}: ${held(judged.tree)}.`, tree: judged.tree }),
  'delivered': ({ change }) => ({ text: `Delivered as change ${change.number}: ${plain(change.url)}.` }),
  'exhausted': ({ reason, words }) => ({ text: `Stopped, \`${plain(reason)}\`: ${reasonOf('exhaustion', reason)?.why ?? plain(words)}` }),
  'cancelled': ({ by }) => ({ text: `Cancelled by ${plain(by)}.` }),
  'superseded': ({ by }) => ({ text: `Another run took over: ${plain(by)}.` }),
  'faulted': ({ fault, during }) => ({ text: `Failed during ${plain(during)}, \`${plain(fault.code)}\`: ${reasonOf('fault', fault.code)?.why ?? 'no words for this code in this version'}` }),
};

/** What a fact tells people; nothing for those that are only steps of the work. */
export function toldOf(fact: { readonly type: string }): Told | undefined {
  if (fact.type === 'resumed') return { text: 'Went on in another job.' };
  return fact.type in FACTS ? tell(fact.type as Known, fact) : undefined;
}

function tell<K extends Known>(type: K, fact: unknown): Told | undefined {
  const parsed = FACTS[type].safeParse(fact);
  return parsed.success ? WORDS[type](parsed.data as FactOf<K>) : { text: `${type}: not as this version writes it.` };
}

/** The rules that stood in the way, deepest first named. */
function held(tree: Node): string {
  const leaves = (at: Node): readonly Node[] => {
    const below = (at.children ?? []).flatMap(leaves);
    return below.length > 0 || at.effect === 'allow' ? below : [at];
  };
  return leaves(tree).slice(0, 10).map((one) => `${plain(one.rule)} (${plain(one.words)})`).join('; ');
}

function act({ trigger }: z.infer<typeof request>): string {
  if (trigger.label !== undefined) return `${plain(trigger.kind)} ${plain(trigger.label)}`;
  if (trigger.command !== undefined) return `/heddle ${plain(typeof trigger.command === 'string' ? trigger.command : trigger.command.name)}`;
  return plain(trigger.kind);
}

function name(by: { readonly login: string }): string {
  return plain(by.login);
}

/** Names and words of others, on one line and with nothing that a page or a terminal would act on. */
function plain(text: string): string {
  return oneLine(text, 300);
}
