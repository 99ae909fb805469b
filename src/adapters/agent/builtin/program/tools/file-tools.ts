import { rm } from 'node:fs/promises';
import { answered, text, ToolRefusal, whole } from './tool.js';
import type { Tool } from './tool.js';
import { readText, refusalFor, writeText } from './text-file.js';
import { walk } from './walk.js';
import { inWorkspace, toWrite } from './workspace-path.js';

const LISTED_MAX = 400;
const LINES_MAX = 600;
const LINE_CHARS_MAX = 1000;
const READ_CHARS_MAX = 40_000;

const path = { type: 'string', description: 'Relative to the working folder.' } as const;

export const listFiles: Tool = {
  name: 'list_files',
  needs: 'read',
  description: 'Lists files and folders, without ignored ones.',
  properties: { path: { ...path, description: 'Folder; the working folder when left out.' }, depth: { type: 'integer', description: 'Levels below the folder, 1 to 10. Default 3.' } },
  required: [],
  async run(input, place) {
    const found = await inWorkspace(input['path'] === undefined ? '.' : text(input, 'path'), place);
    const depth = Math.max(1, Math.min(10, whole(input, 'depth', 3)));
    const lines: string[] = [];
    let more = 0;
    for await (const entry of walk(place.root, found.shown === '.' ? '' : found.shown, depth)) {
      if (lines.length < LISTED_MAX) lines.push(entry.folder ? `${entry.path}/` : entry.path);
      else more += 1;
    }
    if (lines.length === 0) return answered(`${found.shown} is empty or does not exist.`);
    return answered(more === 0 ? lines.join('\n') : `${lines.join('\n')}\n[${more} more; list a sub-folder or use a smaller depth]`);
  },
};

export const readFile: Tool = {
  name: 'read_file',
  needs: 'read',
  description: `Shows a text file with line numbers, at most ${LINES_MAX} lines at a time.`,
  properties: { path, from: { type: 'integer', description: 'First line, from 1.' }, to: { type: 'integer', description: 'Last line, included.' } },
  required: ['path'],
  async run(input, place) {
    const found = await inWorkspace(text(input, 'path'), place);
    const lines = (await readText(found.path, found.shown)).split('\n');
    if (lines.at(-1) === '') lines.pop();
    const from = Math.max(1, whole(input, 'from', 1));
    const to = Math.min(lines.length, whole(input, 'to', lines.length), from + LINES_MAX - 1);
    if (lines.length === 0) return answered(`${found.shown} is empty.`);
    if (from > lines.length) throw new ToolRefusal(`${found.shown} has ${lines.length} lines only.`);
    const shown: string[] = [];
    let chars = 0;
    for (const [at, line] of lines.slice(from - 1, to).entries()) {
      const row = `${from + at}\t${line.length > LINE_CHARS_MAX ? `${line.slice(0, LINE_CHARS_MAX)} [… ${line.length - LINE_CHARS_MAX} more characters]` : line}`;
      chars += row.length;
      if (chars > READ_CHARS_MAX) break;
      shown.push(row);
    }
    const last = from + shown.length - 1;
    return answered(last < lines.length ? `${shown.join('\n')}\n[${lines.length} lines in all; go on with from: ${last + 1}]` : shown.join('\n'));
  },
};

export const editFile: Tool = {
  name: 'edit_file',
  needs: 'edit',
  description: 'Replaces one exact piece of text in a file. The old text must occur exactly once, with the same white space, without line numbers.',
  properties: {
    path, old_text: { type: 'string', description: 'The text to replace; take enough lines to make it unique.' }, new_text: { type: 'string', description: 'The text to put there.' },
    all: { type: 'boolean', description: 'Replace every occurrence instead of exactly one.' },
  },
  required: ['path', 'old_text', 'new_text'],
  async run(input, place) {
    const found = await toWrite(text(input, 'path'), place);
    const [before, after] = [text(input, 'old_text'), text(input, 'new_text')];
    if (before === '') throw new ToolRefusal('"old_text" is empty. Use write_file for a new file.');
    if (before === after) throw new ToolRefusal('"old_text" and "new_text" are the same: nothing would change.');
    const content = await readText(found.path, found.shown);
    const pieces = content.split(before);
    if (pieces.length === 1) throw new ToolRefusal(notFound(content, before, found.shown));
    if (pieces.length > 2 && input['all'] !== true) {
      throw new ToolRefusal(`"old_text" occurs ${pieces.length - 1} times in ${found.shown} (lines ${occurrences(content, before).join(', ')}). Add lines around it, or set "all".`);
    }
    await writeText(found.path, found.shown, pieces.join(after));
    return answered(`${found.shown}: replaced ${pieces.length - 1} ${pieces.length === 2 ? 'occurrence' : 'occurrences'} (line ${occurrences(content, before)[0] ?? 1}).`);
  },
};

function occurrences(content: string, part: string): readonly number[] {
  const found: number[] = [];
  for (let at = content.indexOf(part); at !== -1 && found.length < 10; at = content.indexOf(part, at + part.length)) {
    found.push(content.slice(0, at).split('\n').length);
  }
  return found;
}

/** Words that help: the usual reasons are white space, and a file that has changed since it was read. */
function notFound(content: string, part: string, shown: string): string {
  const lines = content.split('\n');
  const wanted = part.split('\n').map((line) => line.trim()).find((line) => line !== '') ?? '';
  const near = lines.findIndex((line) => line.trim() === wanted);
  if (near === -1) return `"old_text" does not occur in ${shown}. Read the file again: it may have changed, or it is another file.`;
  const height = part.split('\n').length;
  const there = lines.slice(near, near + Math.min(height, 30)).join('\n').slice(0, 3000);
  return `"old_text" does not occur in ${shown} exactly. Its first line stands at line ${near + 1}; white space or a later line differs. There it reads:\n${there}`;
}

export const writeFile: Tool = {
  name: 'write_file',
  needs: 'edit',
  description: 'Writes a whole file, new or in place of the old one. For a small change use edit_file.',
  properties: { path, content: { type: 'string', description: 'The whole content.' } },
  required: ['path', 'content'],
  async run(input, place) {
    const found = await toWrite(text(input, 'path'), place);
    const content = text(input, 'content');
    await writeText(found.path, found.shown, content);
    return answered(`${found.shown} written, ${content.split('\n').length} lines.`);
  },
};

export const deleteFile: Tool = {
  name: 'delete_file',
  needs: 'edit',
  description: 'Deletes one file.',
  properties: { path },
  required: ['path'],
  async run(input, place) {
    const found = await toWrite(text(input, 'path'), place);
    await rm(found.path).catch((error: unknown) => { throw refusalFor(error, found.shown); });
    return answered(`${found.shown} deleted.`);
  },
};
