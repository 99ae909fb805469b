import { askModel } from './ask-model.js';
import { lastWords, withinBudget } from './conversation.js';
import type { Block, Message } from './conversation.js';
import { asString } from './json.js';
import type { AgentSettings } from './settings.js';
import { SYSTEM_PROMPT } from './system-prompt.js';
import { FINISH, toolDescriptions, useTool } from './tools/toolbox.js';
import type { ToolPlace } from './tools/tool.js';
import type { Emit, WireLine } from './wire.js';

export interface Work {
  readonly settings: AgentSettings;
  readonly place: ToolPlace;
  readonly messages: readonly Message[];
  readonly emit: Emit;
  /** Keeps the conversation for a later session. */
  save(messages: readonly Message[]): Promise<void>;
}

type Ended = Extract<WireLine, { type: 'ended' }>;
type Call = Extract<Block, { type: 'tool-call' }>;

/** Asks the model, runs its calls, and so on until it calls no tool any more, finishes, fails, or the turns are used up. */
export async function workLoop(work: Work): Promise<Ended> {
  const { settings, emit } = work;
  let messages = work.messages;
  for (let turn = 1; turn <= settings.turnsMax; turn += 1) {
    messages = withinBudget(messages, settings.contextCharsMax);
    const answer = await askModel(settings, { system: SYSTEM_PROMPT, tools: toolDescriptions(settings.rules), messages });
    if (!answer.ok) {
      const { reason, message, status } = answer.failure;
      return { type: 'ended', reason, summary: message, ...(status === undefined ? {} : { status }) };
    }
    const { blocks, cut } = answer.turn;
    for (const block of blocks) if (block.type === 'text') emit({ type: 'said', text: block.text });
    const calls = blocks.flatMap((block) => (block.type === 'tool-call' ? [block] : []));
    const words = lastWords(blocks);
    if (calls.length === 0 && !cut) {
      if (blocks.length > 0) await work.save([...messages, { role: 'assistant', blocks }]);
      return { type: 'ended', reason: 'finished', summary: words };
    }
    const results = calls.length === 0 ? [GO_ON] : await answerCalls(calls, work);
    messages = [...messages, ...(blocks.length > 0 ? [{ role: 'assistant', blocks } as const] : []), { role: 'user', blocks: results }];
    await work.save(messages);
    const finish = calls.find((call) => call.name === FINISH && call.input !== undefined);
    if (finish !== undefined) return { type: 'ended', reason: 'finished', summary: asString(finish.input?.['summary']) ?? words };
  }
  return { type: 'ended', reason: 'turn-limit', summary: `The limit of ${settings.turnsMax} turns was reached.` };
}

const GO_ON: Block = { type: 'text', text: 'Your answer was cut at the output limit. Go on, in smaller parts.' };

/** One after the other: a later call may build on what an earlier one wrote. */
async function answerCalls(calls: readonly Call[], { place, emit }: Work): Promise<readonly Block[]> {
  const results: Block[] = [];
  for (const call of calls) {
    emit({ type: 'tool-called', tool: call.name, input: call.input ?? null });
    const answer = call.name === FINISH && call.input !== undefined ? { ok: true, text: 'The work is ended.' } : await useTool(call.name, call.input, place);
    emit({ type: 'tool-answered', tool: call.name, ok: answer.ok, output: answer.text });
    results.push({ type: 'tool-result', id: call.id, ok: answer.ok, text: answer.text });
  }
  return results;
}
