import { misreadWords } from '../../admission/command-words.js';
import { durationMs } from '../../config/duration.js';
import { commandNote } from '../../delivery/command-note.js';
import type { Fault } from '../../domain/fault.js';
import { Grant } from '../../domain/grant.js';
import type { RunRequest, Trigger } from '../../domain/request.js';
import { commandArguments, type SlashCommand } from '../../domain/slash-command.js';
import type { VerdictNode } from '../../domain/verdict.js';
import { ok, type Result } from '../../kit/result.js';
import { bestOf } from '../best-of.js';
import { conclude } from '../commands/conclude.js';
import { answerCommand } from '../commands/answer-command.js';
import type { Context } from '../context.js';
import type { RunFact } from '../event.js';
import { instantAfter } from '../instant-after.js';
import type { RunState } from '../state.js';
import { approveChange } from './approve-change.js';
import { explainThis } from './explain-run.js';
import { judgeCommand } from './judge-command.js';

type CommandTrigger = Extract<Trigger, { kind: 'command' | 'misread' }>;
type Waits = Extract<RunState, { kind: 'asked' | 'waiting' }>;

/** What a command comes to: facts of the run, its end, or nothing but words for who wrote it. */
type Effect = { readonly words: string; readonly facts?: readonly RunFact[]; readonly ends?: true };

/**
 * A command about a run that waits: judged, recorded whether it is allowed or not, answered, and only then followed. What is not
 * allowed changes nothing.
 */
export async function useCommand(context: Context, request: RunRequest & { readonly trigger: CommandTrigger }): Promise<Result<void, Fault>> {
  const { trail } = context;
  const { trigger, actor, ticket } = request;
  const { state } = trail;
  if (state.kind !== 'asked' && state.kind !== 'waiting') throw new Error(`a command reached a run in state ${state.kind}`);
  if (trigger.kind === 'misread') {
    const words = misreadWords(trigger.problem, trigger.word);
    await record(context, request, { allowed: false, words });
    await answerCommand(context, ticket, commandNote({ command: undefined, by: actor.login, allowed: false, words }));
    return ok(undefined);
  }
  const may = await judgeCommand(context, { request, command: trigger.command.name, ...(state.kind === 'waiting' ? { asked: state.request } : {}) });
  if (!may.ok) return may;
  const followed: Result<Effect, Fault> = may.value.allowed ? await effectOf(context, state, request as Commanded) : ok({ words: may.value.words });
  if (!followed.ok) return followed;
  const effect = followed.value;
  await record(context, request, { allowed: may.value.allowed, words: effect.words });
  const details = may.value.allowed && trigger.command.name === 'explain' ? explainThis(context) : undefined;
  if (!may.value.allowed || effect.facts === undefined) await answerCommand(context, ticket, commandNote({ command: trigger.command.name, by: actor.login, allowed: may.value.allowed, words: effect.words, details }));
  for (const fact of effect.facts ?? []) await trail.append(fact);
  if (effect.ends !== true) return ok(undefined);
  return conclude(context, { type: 'cancelled', by: stopper(actor.login, trigger.command), ...bestOf(state) });
}

interface Commanded extends RunRequest { readonly trigger: Extract<Trigger, { kind: 'command' }> }

/** Records the use of a command, allowed or not. */
export async function record({ trail }: Pick<Context, 'trail'>, { trigger, actor }: RunRequest, { allowed, words }: { readonly allowed: boolean; readonly words: string }): Promise<void> {
  if (trigger.kind !== 'command' && trigger.kind !== 'misread' && trigger.kind !== 'comment') return;
  const given = trigger.kind === 'command' ? commandArguments(trigger.command) : {};
  const command = trigger.kind === 'misread' ? 'misread' : trigger.kind === 'comment' ? trigger.command : trigger.command.name;
  await trail.append({ type: 'command-used', command, by: actor, allowed, words, commentId: trigger.commentId, ...(Object.keys(given).length === 0 ? {} : { arguments: given }) });
}

async function effectOf(context: Context, state: Waits, request: Commanded): Promise<Result<Effect, Fault>> {
  const { command } = request.trigger;
  switch (command.name) {
    case 'run':
    case 'retry':
    case 'continue': return ok(again(state, request));
    case 'approve': return approve(context, state, { request, digest: command.digest });
    case 'deny': return ok({ words: 'the answer is no', facts: [{ type: 'human-answered', answer: 'deny', by: request.actor, ...(command.reason === undefined ? {} : { note: command.reason }) }] });
    case 'stop': return ok({ words: 'the run ends here, and its work is kept', facts: [], ends: true });
    case 'override': return ok(override(context, { request, command }));
    case 'explain': return ok({ words: explained(context.trail) });
  }
}

function again(state: Waits, request: RunRequest): Effect {
  if (state.kind === 'asked') return { words: 'everything is looked at again', facts: [{ type: 'reconsidered', request }] };
  return { words: `a change waits for an answer: write \`/heddle approve ${state.candidate.tree.slice(0, 12)}\`, \`/heddle deny\` or \`/heddle stop\`` };
}

/** Before the work admission reads the approval at the ticket; after it the digits must be those of the change that waits. */
async function approve(context: Context, state: Waits, { request, digest }: { readonly request: RunRequest; readonly digest: string }): Promise<Result<Effect, Fault>> {
  if (state.kind === 'asked') return ok({ words: 'the approval is looked at', facts: [{ type: 'reconsidered', request }] });
  const { tree } = state.candidate;
  if (!tree.startsWith(digest)) return ok({ words: `the change that waits has the tree \`${tree.slice(0, 12)}\`, and ${digest.slice(0, 12)} was approved; nothing is delivered` });
  const approved = await approveChange(context, state, request.actor);
  if (!approved.ok) return approved;
  const { words, facts } = approved.value;
  return ok(facts.length === 0 ? { words } : { words, facts });
}

/** Lifts one hold of the question that is open. A closed list says which may be lifted at all; an approval is not among them. */
function override({ settings, ports, trail }: Context, { request, command }: { readonly request: RunRequest; readonly command: Extract<SlashCommand, { name: 'override' }> }): Effect {
  const { overrides } = settings.config;
  const holds = heldRules(trail);
  if (!isListed(overrides.rules, command.rule)) return { words: `the rule \`${command.rule}\` cannot be lifted; overrides.rules lists: ${overrides.rules.join(', ') || 'none'}` };
  if (!holds.includes(command.rule)) return { words: `the rule \`${command.rule}\` holds nothing here; what holds: ${holds.join(', ') || 'nothing'}` };
  const at = ports.clock.now();
  const grant = Grant.parse({ rule: command.rule, by: request.actor, reason: command.reason, at, expiresAt: instantAfter(at, durationMs(overrides.valid_for)) });
  return { words: `the rule \`${command.rule}\` is lifted for this run until ${grant.expiresAt}`, facts: [{ type: 'override-granted', grant }] };
}

/** `budget` stands for `budget:pilot` too, as in the tree of the verdict. `*` never stands for the approval. */
function isListed(listed: readonly string[], rule: string): boolean {
  if (/^approv(?:ed|al)(?:[:/]|$)/.test(rule)) return false;
  return listed.some((one) => one === '*' || one === rule || rule.startsWith(`${one}:`) || rule.startsWith(`${one}/`));
}

/** The approval is nobody's to lift, and the policy as a whole is no rule: only what holds below it is. */
function heldRules(trail: Context['trail']): readonly string[] {
  return heldNodes(trail, 'approved').map((node) => node.rule).filter((rule) => rule !== 'policy');
}

/** What holds by the question that is open: of admission, of the gates, or of what was found around the work. */
function heldNodes({ events }: Context['trail'], without?: string): readonly VerdictNode[] {
  const asked = events.findLast(({ fact }) => fact.type === 'human-asked')?.fact;
  const below = (node: VerdictNode): VerdictNode[] => (node.children ?? []).flatMap((child) => (child.effect !== 'hold' || child.rule === without ? [] : [child, ...below(child)]));
  return asked?.type === 'human-asked' ? below(asked.why.tree) : [];
}

function explained(trail: Context['trail']): string {
  const held = heldNodes(trail).filter((node) => (node.children ?? []).every((child) => child.effect !== 'hold'));
  return `the run waits, because of ${held.map((node) => `\`${node.rule}\` (${node.words})`).join('; ') || 'a question to a person'}`;
}

function stopper(login: string, command: SlashCommand): string {
  return `${login} (/heddle stop)${command.name === 'stop' && command.reason !== undefined ? `: ${command.reason.slice(0, 200)}` : ''}`;
}
