import { logText } from '../kit/log-text.js';

/** Words and names of others on one line, with nothing that a terminal or a log would act on. */
export function oneLine(text: string, charsMax: number): string {
  const line = logText(text).replaceAll(/\s+/g, ' ').trim();
  return line.length <= charsMax ? line : `${line.slice(0, charsMax - 1)}…`;
}
