import type { MisreadProblem, SlashCommand } from '../domain/slash-command.js';

/** What each command does, for the answer to one that could not be read, and for the documentation. */
export const COMMAND_FORMS: Readonly<Record<SlashCommand['name'], string>> = {
  run: '/heddle run',
  retry: '/heddle retry',
  continue: '/heddle continue',
  stop: '/heddle stop [REASON]',
  approve: '/heddle approve DIGEST',
  deny: '/heddle deny [REASON]',
  override: '/heddle override RULE REASON',
  explain: '/heddle explain',
};

/** What is wrong with a line that looks like a command, and how it is written right. `word` holds plain letters only. */
export function misreadWords(problem: MisreadProblem, word: string): string {
  const forms = Object.values(COMMAND_FORMS).map((form) => `\`${form}\``).join(', ');
  switch (problem) {
    case 'unknown-command': return `There is no command ${word === '' ? 'without a name' : `\`${word}\``}. Write one of ${forms}, one blank between the words, on a line of its own, in a new comment.`;
    case 'several-commands': return 'The comment has more than one command, and which was meant cannot be known. Write one command in one new comment.';
    case 'missing-argument': return `The command \`${word}\` needs more: ${formOf(word)}. Write it in a new comment.`;
    case 'wrong-argument': return `What follows \`${word}\` cannot be read: ${formOf(word)}. A digest is 12 to 64 digits of 0-9 and a-f, as the comment that asks shows it; a rule is named as that comment names it. Write it in a new comment.`;
    case 'too-many-words': return `There are too many words behind \`${word}\`: ${formOf(word)}. Write it in a new comment.`;
  }
}

function formOf(word: string): string {
  const form = Object.entries(COMMAND_FORMS).find(([name]) => name === word)?.[1];
  return form === undefined ? 'see the list of commands' : `\`${form}\``;
}
