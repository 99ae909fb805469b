import type { CommitMessage } from '../../../ports/forge.js';

/**
 * The text of a commit: subject, body, and the trailers as the last paragraph, one line each (git-interpret-trailers).
 * A value can hold no line break, or a value from a ticket could add a trailer of its own.
 */
export function commitText(message: CommitMessage): string {
  const oneLine = (text: string): string => text.replace(/[\r\n\0]+/g, ' ').trim();
  const trailers = message.trailers.map(([name, value]) => `${oneLine(name)}: ${oneLine(value)}`).join('\n');
  return [oneLine(message.subject), message.body.replaceAll('\0', '').trim(), trailers].filter((part) => part !== '').join('\n\n');
}
