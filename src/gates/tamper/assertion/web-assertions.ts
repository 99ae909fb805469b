import { words, type Link } from '../syntax/expression.js';
import { child, textOf, type SyntaxNode } from '../syntax/syntax-node.js';
import type { Reader, Recognised } from './recognised.js';

/** Django's assertions on an answer say two things at once: its status, and its text or where it leads. */
export function ofAnswer(reader: Reader, links: readonly Link[]): readonly Recognised[] | undefined {
  const last = links.at(-1);
  const match = /^assert(Contains|NotContains|Redirects)$/.exec(last?.name ?? '');
  if (match === null || last?.args === undefined || reader.language.id !== 'python') return undefined;
  const [answer, what] = last.args.filter((one) => one.type !== 'keyword_argument');
  if (answer === undefined || what === undefined) return undefined;
  const status = keyword(reader, last.args, 'status_code');
  const redirects = match[1] === 'Redirects';
  const code: Recognised = { demand: 'equal', subject: answer, expected: status ?? (redirects ? '302' : '200'), via: 'status_code' };
  if (redirects) return [code, { demand: 'equal', subject: answer, expected: what, via: '"Location"' }];
  return [code, { demand: match[1] === 'Contains' ? 'partial' : 'unequal', subject: answer, expected: what, via: 'content' }];
}

function keyword(reader: Reader, args: readonly SyntaxNode[], name: string): string | undefined {
  const found = args.find((one) => one.type === 'keyword_argument' && textOf(reader.tree, child(one, 'name') ?? one) === name);
  const value = found === undefined ? undefined : child(found, 'value');
  return value === undefined ? undefined : words(reader.tree, value, reader.resolve);
}
