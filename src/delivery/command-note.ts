import { code, cut, fenced, inline } from '../kit/harmless.js';

/** A note of its own: what somebody wrote who may not, must never take the place of what a run says about itself. */
export const COMMAND_MARKER = 'heddle-command';

/**
 * The answer to a command: what became of it, and why. The words are ours, with names of foreign accounts in them; `details` is
 * text of several lines, shown as it is.
 */
export function commandNote(said: { readonly command: string | undefined; readonly by: string; readonly allowed: boolean; readonly words: string; readonly details?: string | undefined }): string {
  const what = said.command === undefined ? 'a command that cannot be read' : code(`/heddle ${said.command}`, 60);
  const verdict = said.command === undefined ? 'Nothing was done.' : said.allowed ? '' : 'It was not followed.';
  return `**${inline(said.by, 100)} wrote ${what}.** ${verdict}\n\n${linesOf(said.words)}\n${said.details === undefined ? '' : blockOf(said.details)}`;
}

const DETAILS_MAX = 12_000;

function blockOf(text: string): string {
  const { open, lines, close } = fenced(cut(text, DETAILS_MAX));
  return `\n${[open, ...lines, close].join('\n')}\n`;
}

/** Code spans of ours stay; everything between them is foreign or plain. */
function linesOf(words: string): string {
  return words.slice(0, 3_000).split('`').map((part, index) => (index % 2 === 1 ? code(part, 300) : inline(part, 1_500))).filter((part) => part !== '').join(' ');
}
