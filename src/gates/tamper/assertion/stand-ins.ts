import { linksOf, words } from '../syntax/expression.js';
import { textOf, type SyntaxTree } from '../syntax/syntax-node.js';
import type { Recognised } from './recognised.js';
import type { Resolve } from './values.js';

const ASKED: Readonly<Record<string, string>> = { calledOnce: '1', called_once: '1', calledTwice: '2', calledThrice: '3', notCalled: 'never ' };
const COUNTS = /^(?:callCount|call_count|CallCount|calls_count)$/;
/** What a stand-in was called with, as a list or as one value of it. */
const GIVEN = /(?:\b(?:firstCall|secondCall|thirdCall|lastCall|getCall\(\d+\))\.args|\.args\[\d+\]|mock\.(?:calls\[\d+\]|lastCall)|call_args(?:_list\[\d+\])?(?:\.args)?)(?:\[\d+\]){0,2}$/;

/**
 * A look at a stand-in's record is the same demand as the matcher for it: `spy.calledOnce` is true, `spy.mock.calls` has the
 * length 2, `spy.firstCall.args` equals `[1]`, `send.call_count == 1`. Read so, one library of stand-ins can follow another.
 */
export function onStandIn(tree: SyntaxTree, one: Recognised, resolve: Resolve): Recognised {
  const text = one.demand === 'equal' && one.subject.end - one.subject.start < 200 ? textOf(tree, one.subject) : '';
  if (GIVEN.test(text)) return { ...one, demand: 'called-with', via: '' };
  const links = linksOf(tree, one.subject);
  const [before, last] = [links.at(-2), links.at(-1)];
  if (before === undefined || last === undefined) return one;
  const said = typeof one.expected === 'string' ? one.expected : one.expected === undefined ? '' : words(tree, one.expected, resolve);
  const holds = one.demand === 'true' || one.demand === 'truthy' || (one.demand === 'equal' && said === 'true');
  const fails = one.demand === 'false' || (one.demand === 'equal' && said === 'false');
  const { needsAwait, swallowed } = one;
  const claim = (demand: 'called-with' | 'calls', expected: string): Recognised => ({ demand, subject: before.node, expected, needsAwait, swallowed });
  const times = ASKED[last.name];
  if (holds && times !== undefined) return claim('called-with', times);
  if (last.name === 'called' && (holds || fails)) return holds ? claim('calls', '') : claim('called-with', 'never ');
  if (holds && /^called(?:Once)?With(?:Exactly)?$/.test(last.name)) return claim('called-with', (last.args ?? []).map((arg) => words(tree, arg, resolve)).join(' '));
  if (one.demand !== 'equal') return one;
  if (COUNTS.test(last.name) || /\bmock\.calls\.length$/.test(text) || (one.via === 'length' && /\bmock\.calls$/.test(text))) return claim('called-with', said);
  return one;
}
