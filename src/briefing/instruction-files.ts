import type { InstructionFile } from '../domain/brief.js';
import { digestOf } from '../domain/digest.js';
import type { TreeEntry, Workspace } from '../ports/workspace.js';

/**
 * The repository's own instructions for agents, from the base commit and never from an agent's tree. The nearest file up
 * from the working folder comes first, because it wins where two disagree. The digest is that of the whole file; the text
 * is cut at a cap and freed from characters that a person reviewing the file could not see.
 */
export async function readInstructionFiles(workspace: Pick<Workspace, 'readBlob'>, entries: readonly TreeEntry[], workdir: string): Promise<InstructionFile[]> {
  const files: InstructionFile[] = [];
  let left = TOTAL_CHARS_MAX;
  for (const entry of instructionEntries(entries, workdir)) {
    if (files.length === FILES_MAX || left <= 0) break;
    if (entry.size > FILE_BYTES_MAX) continue;
    const bytes = await workspace.readBlob(entry.blob);
    const digest = digestOf(bytes);
    // One text under several names (CLAUDE.md beside AGENTS.md) is given once.
    if (files.some((file) => file.digest === digest)) continue;
    const text = shown(Buffer.from(bytes).toString('utf8'), Math.min(left, FILE_CHARS_MAX));
    left -= text.length;
    files.push({ path: entry.path, digest, text });
  }
  return files;
}

/** Where instructions are looked for, strongest first; used by the message of `doctor` and the tests. */
export function instructionEntries(entries: readonly TreeEntry[], workdir: string): TreeEntry[] {
  const plain = entries.filter((entry) => entry.mode === '100644' || entry.mode === '100755');
  const byPath = new Map(plain.map((entry) => [entry.path, entry]));
  const near = foldersUp(workdir).flatMap((folder) => NEAREST.map((name) => byPath.get(folder + name)));
  const fixed = FIXED.map((path) => byPath.get(path));
  const ruled = plain.filter((entry) => RULES.test(entry.path));
  return [...near, ...fixed, ...ruled].filter((entry) => entry !== undefined);
}

const NEAREST = ['AGENTS.md', 'CLAUDE.md', 'GEMINI.md'];
const FIXED = ['.github/copilot-instructions.md', '.claude/CLAUDE.md', '.cursorrules', '.windsurfrules', '.gitlab/duo/chat-rules.md'];
const RULES = /^(\.github\/instructions\/.{1,200}\.instructions\.md|\.cursor\/rules\/.{1,200}\.mdc)$/;
const FILES_MAX = 20;
const FILE_BYTES_MAX = 1_000_000;
const FILE_CHARS_MAX = 32_000;
const TOTAL_CHARS_MAX = 96_000;

/** `a/b` -> `a/b/`, `a/`, ``. */
function foldersUp(workdir: string): string[] {
  const parts = workdir.split('/').filter((part) => part !== '' && part !== '.');
  return [...parts.map((_, index) => `${parts.slice(0, parts.length - index).join('/')}/`), ''];
}

/** Invisible, bidirectional and control characters can carry orders that no reviewer of the file ever saw. */
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\u{e0000}-\u{e0fff}]/gu;

function shown(text: string, charsMax: number): string {
  const clean = text.replace(/\r\n?/g, '\n').replace(UNSEEN, '');
  const hidden = text.replace(/\r\n?/g, '\n').length - clean.length;
  const note = hidden > 0 ? `\n[${hidden} hidden characters were left out]\n` : '';
  if (clean.length <= charsMax) return clean + note;
  return `${clean.slice(0, charsMax)}\n[cut: ${clean.length - charsMax} more characters are in the file]\n${note}`;
}
