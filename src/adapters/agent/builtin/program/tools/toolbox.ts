import type { ToolRules } from '../../../../../domain/agent-policy.js';
import { refusalOf } from '../../../lib/permits.js';
import type { WantedCall } from '../../../lib/permits.js';
import type { JsonObject } from '../json.js';
import type { ToolDescription } from '../model-api.js';
import { deleteFile, editFile, listFiles, readFile, writeFile } from './file-tools.js';
import { runCommand } from './run-command.js';
import { search } from './search.js';
import { text, ToolRefusal } from './tool.js';
import type { Tool, ToolAnswer, ToolPlace } from './tool.js';
import { inWorkspace } from './workspace-path.js';

const TOOLS: readonly Tool[] = [listFiles, readFile, search, editFile, writeFile, deleteFile, runCommand];

/** Ends the session; handled by the loop, because only it can. */
export const FINISH = 'finish';

const FINISH_DESCRIPTION: ToolDescription = {
  name: FINISH,
  description: 'Ends your work. Call it when the change is complete, or when it cannot be done.',
  parameters: schema({ summary: { type: 'string', description: 'What you changed and why, per file, and what you could not prove.' } }, ['summary']),
};

/** The tools that the rules leave: what is not allowed at all is not offered. */
export function toolDescriptions(rules: ToolRules): readonly ToolDescription[] {
  return [...toolsFor(rules).map(describe), FINISH_DESCRIPTION];
}

function toolsFor(rules: ToolRules): readonly Tool[] {
  return TOOLS.filter(({ needs }) => (needs === 'read' ? rules.read : rules[needs].allowed !== 'none'));
}

function describe(tool: Tool): ToolDescription {
  return { name: tool.name, description: tool.description, parameters: schema(tool.properties, tool.required) };
}

function schema(properties: Tool['properties'], required: readonly string[]): JsonObject {
  return { type: 'object', properties, required, additionalProperties: false };
}

/** Runs one tool. Whatever goes wrong with it is an answer for the model, never the end of the session. */
export async function useTool(name: string, input: JsonObject | undefined, place: ToolPlace): Promise<ToolAnswer> {
  const tool = toolsFor(place.rules).find((candidate) => candidate.name === name);
  if (tool === undefined) return { ok: false, text: `There is no tool ${JSON.stringify(name.slice(0, 80))}. There are: ${toolDescriptions(place.rules).map((each) => each.name).join(', ')}.` };
  if (input === undefined) return { ok: false, text: 'The input of this call was no complete JSON object. If it was cut because it was long, write the file in smaller parts.' };
  try {
    await obey(tool, input, place);
    return await tool.run(input, place);
  } catch (error) {
    if (error instanceof ToolRefusal) return { ok: false, text: error.message };
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unexpected';
    return { ok: false, text: `${name} failed (${code}).` };
  }
}

/** The rules of the repository. The sandbox is the boundary; this tells the model early what would be refused in the end. */
async function obey(tool: Tool, input: JsonObject, place: ToolPlace): Promise<void> {
  const refusal = refusalOf(place.rules, await callOf(tool, input, place));
  if (refusal !== undefined) throw new ToolRefusal(refusal);
}

async function callOf(tool: Tool, input: JsonObject, place: ToolPlace): Promise<WantedCall> {
  if (tool.needs === 'read') return { kind: 'read' };
  if (tool.needs === 'command') return { kind: 'command', command: text(input, 'command') };
  const { shown, real } = await inWorkspace(text(input, 'path'), place);
  // As it is named, and where links lead: both must be allowed.
  return { kind: 'edit', paths: shown === real ? [shown] : [shown, real] };
}
