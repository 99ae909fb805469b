import { isLambda, stringValue, words, type Link } from '../syntax/expression.js';
import { isString, textOf } from '../syntax/syntax-node.js';
import { matcherOf } from './matchers.js';
import type { Reader, Recognised } from './recognised.js';
import { ASSERT_ROOTS, FLUENT } from './roots.js';

/**
 * What mocking libraries ask of a stand-in: `smtp.Verify(s => s.Deliver("ann"), Times.Once)`, `store.Received(1).Save("ann")`,
 * `$smtp->expects($this->once())->method('deliver')->with('ann')`. Each reads as «called with», so that one library can stand for another.
 */
export function verifiedCall(reader: Reader, links: readonly Link[]): readonly Recognised[] | undefined {
  const first = links[0];
  const last = links.at(-1);
  if (first === undefined || last?.args === undefined || links.length < 2) return undefined;
  const said = (some: readonly Link[]): string => some.flatMap((one) => [one.name, ...(one.args ?? []).map((arg) => words(reader.tree, arg, reader.resolve))]).filter((one) => one !== '').join(' ');
  const claim = (expected: string): readonly Recognised[] => [{ demand: 'called-with', subject: first.node, expected: counted(expected) }];
  const at = (name: RegExp): number => links.findIndex((one, index) => index > 0 && name.test(one.name));
  if (reader.language.id === 'csharp') {
    if (/^Verify(?:Get|Set|All|NoOtherCalls|Add|Remove)?$/.test(last.name) && !/^(?:Verify|Verifier|Assert)$/.test(first.name)) return claim(said([last]).replace(/^Verify\s*/, '').replace(/^(\w+) \1 (?=\w)/, ''));
    const received = at(/^(?:Received|DidNotReceive|ReceivedWithAnyArgs|DidNotReceiveWithAnyArgs)$/);
    if (received > 0 && links.length > received + 1) return claim(`${said(links.slice(received + 1))} ${said(links.slice(received, received + 1))}`);
    if (/^Must(?:Not)?HaveHappened/.test(last.name)) return claim(`${said(links.slice(0, -1))} ${said([last])}`);
  }
  if (reader.language.id === 'php') {
    const [expects, method] = [at(/^expects$/), at(/^method$/)];
    if (expects > 0 && method > expects) return claim(`${(links[method]?.args ?? []).map((arg) => words(reader.tree, arg, reader.resolve)).join(' ').replace(/^"(\w+)"/, '$1')} ${said(links.slice(method + 1).filter((one) => /^with/.test(one.name))).replace(/^with\w* ?/, '')} ${said(links.slice(expects, expects + 1))}`);
    const should = at(/^should(?:Not)?(?:Be|HaveBeen)Called/);
    if (should > 1) return claim(`${said(links.slice(should - 1, should))} ${said(links.slice(should))}`);
    const seen = links.slice(1).filter((one) => one.args !== undefined && SEES.test(one.name));
    if (/^(?:I|this|browser|tester)$/.test(first.name) && seen.length > 0) return seen.map((one): Recognised => ({ demand: /^(?:dont|cant)/.test(one.name) ? 'unequal' : /Equals$|ResponseCodeIs$|InDatabase$|PageIs$/.test(one.name) ? 'equal' : 'partial', subject: first.node, expected: (one.args ?? []).map((arg) => words(reader.tree, arg, reader.resolve)).join(' '), via: one.name === 'seeResponseCodeIs' ? 'status' : one.name }));
    if (at(/^should(?:Not)?(?:Receive|HaveReceived)$/) > 0 && at(/^(?:once|twice|times|never|with\w*)$/) > 0) return claim(said(links.slice(1)));
  }
  if (reader.language.id === 'go' && /^Assert(?:Expectations|Called|NotCalled|NumberOfCalls)$/.test(last.name)) return claim(said([last]));
  return undefined;
}

/** Codeception's and the browser kits' way to look: `$I->see('Welcome', 'h1')`. */
const SEES = /^(?:(?:can|dont|cant)?[sS]ee)(?=$|[A-Z])/;

/** How often, in words that hold no number: a count is no value that the call was made with. */
function counted(text: string): string {
  return text.replace(/\b(?:Times|this|static|self)\b/g, '').replace(/\b(?:Received|expects|shouldBeCalledOnce|shouldHaveBeenCalledOnce|MustHaveHappenedOnceExactly|Once|once|Exactly|exactly)\b(?:\s+(\d+)\b)?/g, (_, times: string | undefined) => (times === undefined || times === '1' ? 'once' : `x${times}`))
    .replace(/\b(?:Never|never|DidNotReceive(?:WithAnyArgs)?|MustNotHaveHappened)\b/g, 'never').replace(/\bonce(?:\s+once)+\b/g, 'once').replace(/\(\)/g, '').replace(/\s+/g, ' ').trim();
}

/** Cypress: `cy.get('.count').should('have.text', '1').and('be.visible')`. */
export function chained(reader: Reader, links: readonly Link[]): readonly Recognised[] | undefined {
  if (reader.language.id !== 'javascript') return undefined;
  const found = links.flatMap((link, at): readonly Recognised[] => {
    const [chainer, ...given] = link.args ?? [];
    if (at === 0 || !/^(?:should|and)$/.test(link.name) || chainer === undefined || !isString(chainer)) return [];
    const parts = stringValue(textOf(reader.tree, chainer)).split('.');
    const name = parts.at(-1) ?? '';
    const facts = matcherOf(name);
    const expected = given.map((one) => words(reader.tree, one, reader.resolve)).join(' ');
    const start = links.findIndex((one, index) => index > 0 && /^(?:should|and)$/.test(one.name));
    const subject = links[start - 1]?.node ?? link.node;
    if (parts.includes('not')) return [{ demand: 'unequal', subject, expected: `${name} ${expected}`.trim() }];
    return [{ demand: facts === undefined ? 'state' : facts.demand, subject, expected: facts === undefined ? `${name} ${expected}`.trim() : expected, via: facts?.demand === 'equal' ? name : '' }];
  });
  return found.length === 0 ? undefined : found;
}

const OWN = /^(?:this|self|static|parent|cls|Assert|Assertions|\$this)$/;
/** Demands that take what is looked at among their arguments, whatever they are called on. */
const OF_ARGUMENTS = /^assert_?(?:that|equals?|notequals?|same|notsame|true|false|is|isnot|in|notin|null|notnull|raises\w*|throws\w*|almostequal\w*|nil|notnil|match|all|any)$/i;
/** What a framework gives a name of its own: the answer's status. */
const STATUS: Readonly<Record<string, string>> = { assertok: '200', assertcreated: '201', assertaccepted: '202', assertnocontent: '204', assertunauthorized: '401', assertforbidden: '403', assertnotfound: '404', assertunprocessable: '422' };

/** Demands on what stands before the dot: `$response->assertStatus(403)`, `request(app).get('/').expect(200)`, `client.assert_called_once()`. */
export function onReceiver(reader: Reader, links: readonly Link[]): readonly Recognised[] | undefined {
  const asks = (one: Link, at: number): boolean => at > 0 && one.args !== undefined && (/^assert(?:[A-Z]|_[a-z])/.test(one.name) || (one.name === 'expect' && reader.language.id === 'javascript') || (/^expect(?:Message|Cause)?$/.test(one.name) && /^(?:java|kotlin)$/.test(reader.language.id)));
  const start = links.findIndex(asks);
  const before = links[start - 1];
  const root = links[0]?.name ?? '';
  if (before === undefined || links.some((one) => FLUENT.test(one.name) && one.name !== 'expect' && one.args !== undefined) || (links[0]?.args !== undefined && FLUENT.test(root))) return undefined;
  if (start === 1 && (OWN.test(root) || ASSERT_ROOTS.test(root) || /soft|^t$/i.test(root))) return undefined;
  const wanted = links.slice(start).filter((one, at) => asks(one, at + start));
  if (wanted.some((one) => OF_ARGUMENTS.test(one.name))) return undefined;
  return wanted.map((one): Recognised => {
    const args = (one.args ?? []).filter((arg) => !isLambda(arg)).map((arg) => words(reader.tree, arg, reader.resolve));
    const name = one.name.toLowerCase().replace(/_/g, '');
    const status = STATUS[name];
    if (status !== undefined || name === 'assertstatus') return { demand: 'equal', subject: before.node, expected: status ?? args.join(' '), via: 'status' };
    // JUnit 4's rule for exceptions.
    if (reader.language.id !== 'javascript' && name === 'expect') return { demand: 'throws', subject: before.node, expected: args.join(' ').replace(/ ?\bclass\b/g, ''), typed: 'type' };
    if (name === 'expectmessage') return { demand: 'partial', subject: before.node, expected: args.join(' ') };
    if (name === 'expect') return { demand: 'equal', subject: before.node, expected: args.slice(0, 2).join(' '), via: args.length > 1 ? 'header' : 'expect' };
    const facts = matcherOf(one.name);
    const said = args.join(' ');
    if (facts === undefined) return { demand: 'state', subject: before.node, expected: `${name} ${said}`.trim() };
    const demand = facts.demand === 'calls' && (said !== '' || /once|twice/.test(facts.name)) ? 'called-with' : facts.demand;
    if (facts.negated) return { demand: demand === 'calls' || demand === 'called-with' ? 'called-with' : 'unequal', subject: before.node, expected: `never ${said}`.trim(), via: name };
    return { demand, subject: before.node, expected: demand === 'called-with' && said === '' ? '1' : said, via: demand === 'equal' || demand === 'partial' ? name.replace(/^assert/, '') : '' };
  });
}
