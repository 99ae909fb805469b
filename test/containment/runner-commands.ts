/**
 * The oracle: what runners do with a line of a log, written again from how GitHub's runner parses commands (its second
 * form, then its first) and from the section markers that GitLab documents. Stricter than both: a command counts whatever
 * it is called, and a line ends at every character that some reader takes for a line end.
 */
export interface RunnerCommand { readonly form: 'double-colon' | 'hashes' | 'section'; readonly name: string }

/** Commands that GitHub's runner knows; names are compared without case. */
export const KNOWN_COMMANDS = ['set-env', 'set-output', 'save-state', 'add-path', 'add-mask', 'add-matcher', 'remove-matcher', 'warning', 'error', 'notice', 'debug', 'group', 'endgroup', 'echo', 'stop-commands', 'internal-set-repo-path'];

export function commandsIn(text: string): readonly RunnerCommand[] {
  return text.split(/[\n\r\v\f\u001c-\u001e\u0085\u2028\u2029]/).flatMap(commandIn);
}

/** All commands of the text as it is, and as it is after any of the strippings that a tool on the way may do. */
export function commandsAfterStripping(text: string): readonly RunnerCommand[] {
  return [
    text,
    text.replace(/\u001b\[[0-?]*[ -/]*[@-~]/g, ''),
    text.replace(/[\u200b-\u200f\u2060\ufeff\u00ad]/g, ''),
    text.replace(/[^\x20-\x7e\n]/g, ''),
    text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, ''),
    text.normalize('NFC'),
  ].flatMap(commandsIn);
}

/** GitLab's own pattern of a section marker, as its log page looks for it (with the control characters that must follow), on text as it is. */
export function gitlabSections(text: string): readonly string[] {
  return [...text.matchAll(/section_(?:start|end):\d+:([a-zA-Z0-9_.-]+)(?:\[[^\]\r\n]*\])?\r(?:\u001b\[0K)?/g)].map((match) => match[1] ?? '');
}

/** What stands in the terminal's memory after the text: GitLab shows the last state of a line that was written over. */
export function overwrites(text: string): boolean {
  return /\r(?!\n)|\u0008|\u001b|\u009b/.test(text);
}

function commandIn(line: string): readonly RunnerCommand[] {
  const found: RunnerCommand[] = [];
  const start = line.replace(/^[\s\ufeff\u200b]+/, '');
  const end = start.indexOf('::', 2);
  if (start.startsWith('::') && end > 2) found.push({ form: 'double-colon', name: word(start.slice(2, end)) });
  for (let at = line.indexOf('##['); at >= 0; at = line.indexOf('##[', at + 1)) {
    const close = line.indexOf(']', at);
    if (close < 0) break;
    found.push({ form: 'hashes', name: word(line.slice(at + 3, close)) });
  }
  const vso = /##vso\[([a-z.]*)/i.exec(line);
  if (vso !== null) found.push({ form: 'hashes', name: vso[1] ?? '' });
  const section = /section_(start|end):\d+:/.exec(line);
  if (section !== null) found.push({ form: 'section', name: section[1] ?? '' });
  return found;
}

/** A name ends at the first blank; what follows are its properties. */
function word(info: string): string {
  return (info.split(' ')[0] ?? '').toLowerCase();
}
