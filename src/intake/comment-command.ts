import { DigestPrefix, MisreadProblem, RuleName, SlashCommand } from '../domain/slash-command.js';
import { cleanMarkdown } from './clean-markdown.js';
import { fenceMark, lineShape } from './markdown-lines.js';
import { RemovalLog } from './removal-log.js';

const PREFIX = '/heddle';
const COMMENT_CHARS_MAX = 65_536;
const REASON_CHARS_MAX = 1000;

/** What a comment says to us. `word` is what stood where the command's name belongs, in plain letters. */
export type CommentReading =
  | { readonly kind: 'none' }
  | { readonly kind: 'command'; readonly command: SlashCommand }
  | { readonly kind: 'misread'; readonly problem: MisreadProblem; readonly word: string };

/**
 * Reads the one command of a comment: a line of its own that begins with `/heddle`, as something a reader sees the author say: not
 * hidden, not in a quote (nor on a line that lazily goes on from one), not in a list, not in code, not inside raw HTML. Two of
 * them are a mistake that is said, since which of them was meant cannot be known.
 */
export function readComment(body: string): CommentReading {
  if (!body.includes(PREFIX)) return { kind: 'none' };
  const lines = saidLines(body).filter((line) => line === PREFIX || line.startsWith(`${PREFIX} `));
  const [first, second] = lines;
  if (first === undefined) return { kind: 'none' };
  if (second !== undefined) return misread('several-commands', first);
  return readLine(first);
}

/** The trimmed lines of plain prose that everybody sees. */
function saidLines(body: string): readonly string[] {
  const seen = cleanMarkdown(body.slice(0, COMMENT_CHARS_MAX), { where: 'body', log: new RemovalLog(), meter: { steps: 0 } });
  const said: string[] = [];
  let fence: { readonly char: string; readonly length: number } | undefined;
  let doubtful = false;
  for (const line of seen.split('\n')) {
    const shape = lineShape(line, 0);
    const mark = fenceMark(line, shape.contentAt, shape.end);
    if (mark !== undefined) {
      if (fence === undefined) fence = mark;
      else if (mark.char === fence.char && mark.length >= fence.length) fence = undefined;
      continue;
    }
    if (fence !== undefined) continue;
    if (shape.blank) doubtful = false;
    else if (shape.quotes > 0 || shape.lists > 0 || line[shape.contentAt] === '<' || hasOddTicks(line)) doubtful = true;
    else if (!doubtful && shape.indent < 4) said.push(line.trim());
  }
  return said;
}

function readLine(line: string): CommentReading {
  const [, name = '', ...words] = line.split(' ');
  const rest = words.join(' ').trim();
  switch (name) {
    case 'run': case 'retry': case 'continue': case 'explain':
      return rest === '' ? heard({ name }) : misread('too-many-words', line);
    case 'stop': case 'deny':
      return rest.length > REASON_CHARS_MAX ? misread('too-many-words', line) : heard({ name, ...(rest === '' ? {} : { reason: rest }) });
    case 'approve': return approve(line, words.filter((word) => word !== ''));
    case 'override': return override(line, words.filter((word) => word !== ''));
    default: return misread('unknown-command', line);
  }
}

function approve(line: string, words: readonly string[]): CommentReading {
  const [given, ...more] = words;
  if (given === undefined) return misread('missing-argument', line);
  if (more.length > 0) return misread('too-many-words', line);
  const digest = DigestPrefix.safeParse(given.startsWith('sha256:') ? given.slice('sha256:'.length) : given);
  return digest.success ? heard({ name: 'approve', digest: digest.data }) : misread('wrong-argument', line);
}

function override(line: string, words: readonly string[]): CommentReading {
  const [rule, ...reason] = words;
  if (rule === undefined || reason.length === 0) return misread('missing-argument', line);
  if (!RuleName.safeParse(rule).success) return misread('wrong-argument', line);
  const text = reason.join(' ');
  return text.length > REASON_CHARS_MAX ? misread('too-many-words', line) : heard({ name: 'override', rule, reason: text });
}

function heard(command: SlashCommand): CommentReading {
  return { kind: 'command', command: SlashCommand.parse(command) };
}

function misread(problem: MisreadProblem, line: string): CommentReading {
  return { kind: 'misread', problem, word: (line.split(' ')[1] ?? '').replaceAll(/[^A-Za-z0-9-]/g, '?').slice(0, 40) };
}

/** Inline code may go over lines; a line that leaves one open makes the rest of its paragraph doubtful. */
function hasOddTicks(line: string): boolean {
  return (line.split('`').length - 1) % 2 === 1;
}
