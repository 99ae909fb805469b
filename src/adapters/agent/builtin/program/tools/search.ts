import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { createContext, Script } from 'node:vm';
import { answered, text, ToolRefusal, whole } from './tool.js';
import type { Tool } from './tool.js';
import { readText } from './text-file.js';
import { walk } from './walk.js';
import { inWorkspace } from './workspace-path.js';

const MATCHES_MAX = 100;
const FILE_BYTES_MAX = 1_000_000;
const BYTES_MAX = 200_000_000;
const LINE_CHARS_MAX = 300;
const PATTERN_CHARS_MAX = 1000;
const TIME_MS_PER_FILE_MAX = 1000;

export const search: Tool = {
  name: 'search',
  needs: 'read',
  description: 'Finds lines in the text files of the working folder, without ignored ones. Gives path:line: text.',
  properties: {
    pattern: { type: 'string', description: 'Literal text, or a JavaScript regular expression when "regex" is true.' },
    regex: { type: 'boolean', description: 'Read the pattern as a regular expression.' },
    ignore_case: { type: 'boolean', description: 'Do not tell capital letters from small ones.' },
    path: { type: 'string', description: 'Folder or file to search; the working folder when left out.' },
    max: { type: 'integer', description: `At most so many lines, 1 to ${MATCHES_MAX}. Default 50.` },
  },
  required: ['pattern'],
  async run(input, place) {
    const found = await inWorkspace(input['path'] === undefined ? '.' : text(input, 'path'), place);
    const find = finder(text(input, 'pattern'), input['regex'] === true, input['ignore_case'] === true);
    const max = Math.max(1, Math.min(MATCHES_MAX, whole(input, 'max', 50)));
    const lines: string[] = [];
    let [files, bytes] = [0, 0];
    for await (const path of filesBelow(place.root, found.shown)) {
      if (lines.length > max || bytes > BYTES_MAX) break;
      const content = await contentOf(join(place.root, path));
      if (content === undefined) continue;
      files += 1;
      bytes += content.length;
      const rows = content.split('\n');
      for (const at of find(rows, max + 1 - lines.length)) lines.push(`${path}:${at + 1}: ${(rows[at] ?? '').slice(0, LINE_CHARS_MAX)}`);
    }
    if (lines.length === 0) return answered(`No match in ${files} files.`);
    return answered(lines.length > max ? `${lines.slice(0, max).join('\n')}\n[there are more; narrow the pattern or the path]` : lines.join('\n'));
  },
};

async function* filesBelow(root: string, start: string): AsyncGenerator<string> {
  const facts = await lstat(join(root, start)).catch(() => undefined);
  if (facts === undefined) throw new ToolRefusal(`${start} does not exist.`);
  if (facts.isFile()) yield start;
  else for await (const entry of walk(root, start === '.' ? '' : start)) if (!entry.folder) yield entry.path;
}

async function contentOf(path: string): Promise<string | undefined> {
  const facts = await lstat(path).catch(() => undefined);
  if (facts?.isFile() !== true || facts.size > FILE_BYTES_MAX) return undefined;
  return readText(path, path).catch(() => undefined);
}

type Finder = (lines: readonly string[], max: number) => readonly number[];

function finder(pattern: string, regex: boolean, ignoreCase: boolean): Finder {
  if (pattern === '' || pattern.length > PATTERN_CHARS_MAX) throw new ToolRefusal(`"pattern" must have 1 to ${PATTERN_CHARS_MAX} characters.`);
  if (regex) return boundedRegex(pattern, ignoreCase);
  const wanted = ignoreCase ? pattern.toLowerCase() : pattern;
  return (lines, max) => indexes(lines, max, (line) => (ignoreCase ? line.toLowerCase() : line).includes(wanted));
}

function indexes(lines: readonly string[], max: number, matches: (line: string) => boolean): readonly number[] {
  const found: number[] = [];
  for (let at = 0; at < lines.length && found.length < max; at += 1) if (matches(lines[at] ?? '')) found.push(at);
  return found;
}

/** A model's expression may need exponential time. The engine's own time-out ends it; nothing else can, once it runs. */
function boundedRegex(pattern: string, ignoreCase: boolean): Finder {
  let expression: RegExp;
  try {
    expression = new RegExp(pattern, ignoreCase ? 'iu' : 'u');
  } catch {
    try {
      expression = new RegExp(pattern, ignoreCase ? 'i' : '');
    } catch (error) {
      throw new ToolRefusal(`"pattern" is not a regular expression: ${error instanceof Error ? error.message : ''}. Leave "regex" out to search for the text itself.`);
    }
  }
  const script = new Script('work()');
  return (lines, max) => {
    const work = (): readonly number[] => indexes(lines, max, (line) => expression.test(line));
    let found: readonly number[] = [];
    try {
      script.runInContext(createContext({ work: () => { found = work(); } }), { timeout: TIME_MS_PER_FILE_MAX });
    } catch (error) {
      if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw new ToolRefusal('The expression takes too long. Use a simpler one, or literal text.');
      throw error;
    }
    return found;
  };
}
