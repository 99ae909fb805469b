import type { JsonObject } from '../json.js';
import type { ToolDescription } from '../model-api.js';
import { deleteFile, editFile, listFiles, readFile, writeFile } from './file-tools.js';
import { runCommand } from './run-command.js';
import { search } from './search.js';
import { ToolRefusal } from './tool.js';
import type { Tool, ToolAnswer, ToolPlace } from './tool.js';

const TOOLS: readonly Tool[] = [listFiles, readFile, search, editFile, writeFile, deleteFile, runCommand];

/** Ends the session; handled by the loop, because only it can. */
export const FINISH = 'finish';

const FINISH_DESCRIPTION: ToolDescription = {
  name: FINISH,
  description: 'Ends your work. Call it when the change is complete, or when it cannot be done.',
  parameters: schema({ summary: { type: 'string', description: 'What you changed and why, per file, and what you could not prove.' } }, ['summary']),
};

export const TOOL_DESCRIPTIONS: readonly ToolDescription[] = [
  ...TOOLS.map((tool) => ({ name: tool.name, description: tool.description, parameters: schema(tool.properties, tool.required) })),
  FINISH_DESCRIPTION,
];

function schema(properties: Tool['properties'], required: readonly string[]): JsonObject {
  return { type: 'object', properties, required, additionalProperties: false };
}

/** Runs one tool. Whatever goes wrong with it is an answer for the model, never the end of the session. */
export async function useTool(name: string, input: JsonObject | undefined, place: ToolPlace): Promise<ToolAnswer> {
  const tool = TOOLS.find((candidate) => candidate.name === name);
  if (tool === undefined) return { ok: false, text: `There is no tool ${JSON.stringify(name.slice(0, 80))}. There are: ${TOOL_DESCRIPTIONS.map((each) => each.name).join(', ')}.` };
  if (input === undefined) return { ok: false, text: 'The input of this call was no complete JSON object. If it was cut because it was long, write the file in smaller parts.' };
  try {
    return await tool.run(input, place);
  } catch (error) {
    if (error instanceof ToolRefusal) return { ok: false, text: error.message };
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unexpected';
    return { ok: false, text: `${name} failed (${code}).` };
  }
}
