import { bare, isLambda, linksOf, words, type Link } from '../syntax/expression.js';
import { child, isNumber, isString, textOf, type SyntaxNode, type SyntaxTree } from '../syntax/syntax-node.js';
import { claimsOf, distanceIn, equality } from './conditions.js';
import { matcherOf, type Demand, type MatcherFacts } from './matchers.js';
import { chained, onReceiver, verifiedCall } from './receivers.js';
import { ofAnswer } from './web-assertions.js';
import type { Reader, Recognised } from './recognised.js';
import { ASSERT_ROOTS, FLUENT } from './roots.js';
import { numberOf, type Resolve } from './values.js';

const ASSERT_NAMES = /^(?:assert|expect|verify|refute|should|must|check|ensure|require|validate|fail)(?=[A-Z_0-9!]|$)|(?<=[a-z])(?:assert|shouldBe)/;
const MODIFIERS = /^(?:to|be|been|have|has|and|with|that|which|at|of|same|but|does|still|also|is|Is|Has|Does|it|its|a|an|deep|own|ordered|nested|flush|as|describedAs|because|withMessage|withFailMessage|overridingErrorMessage|usingRecursiveComparison|And|Which|Subject|Be|soft|poll|withContext|each|given|extracting|using|Should|should|must|Then|not|Not|isNot|never|resolves|rejects|eventually|doesNot|Should_|an_instance)$/;
const NEGATIONS = /^(?:not|Not|isNot|never|NotTo|ToNot|to_not|not_to|should_not|shouldNot|ShouldNot|wont|doesNot|NotBe_)$/;
const INTO = /^(?:to|not_to|to_not|should|should_not|is|To|NotTo|ToNot|Should|ShouldNot|That|assertThat|shouldNot|be|have|is_not|expects|all|allOf|both|and|assert_that|that)$/;

/** The demands that a call makes; undefined when it is no assertion. */
export function recognise(reader: Reader, call: SyntaxNode): readonly Recognised[] | undefined {
  const links = linksOf(reader.tree, call);
  const cypress = chained(reader, links);
  if (cypress !== undefined) return cypress;
  const told = ofAnswer(reader, links) ?? checked(reader, links);
  if (told !== undefined) return told;
  const root = links.findIndex((one, at) => (FLUENT.test(one.name) && (one.name !== 'wrap' || reader.language.id === 'javascript') && (one.args !== undefined || one.name === 'is_expected')) || (at > 0 && /^(?:should|should_not|Should|ShouldNot|must)$/.test(one.name)));
  if (root >= 0 && (links.length > root + 1 || /^(?:verify|assertThat|assert_that|expectThat)/.test(links[root]?.name ?? ''))) return fluent(reader, links, root);
  return verifiedCall(reader, links) ?? onReceiver(reader, links) ?? functional(reader, links);
}

function fluent(reader: Reader, links: readonly Link[], root: number): readonly Recognised[] | undefined {
  const first = links[root];
  const start = links[0];
  if (first === undefined || start === undefined) return undefined;
  const beside = /^(?:should|should_not|Should|ShouldNot|must)$/.test(first.name);
  const subject = beside ? links[root - 1]?.node ?? start.node : first.args?.[0] ?? first.node;
  if (/^(?:verify|verifyBlocking|coVerify)$/.test(first.name)) return verification(reader, links.slice(root), subject);
  const second = first.args?.[1];
  const rest = [...(beside && first.args?.[0] !== undefined ? [first] : []), ...(first.name.startsWith('assert') && second !== undefined ? [{ ...first, name: 'that', args: [second] }] : []), ...links.slice(root + 1)];
  if (/^assertThat(?:ThrownBy|Exception)/.test(first.name)) rest.unshift({ ...first, name: 'throws', args: first.name.endsWith('OfType') ? first.args : [] });
  const found: Recognised[] = [];
  const state = { negated: false, needsAwait: false, via: [] as string[] };
  for (const [at, link] of rest.entries()) {
    const [answer, getter] = link.args ?? [];
    if (link.name === 'returns' && answer !== undefined && getter !== undefined) {
      found.push({ demand: 'equal', subject, expected: answer, via: words(reader.tree, getter) });
      continue;
    }
    if (NEGATIONS.test(link.name)) state.negated = !state.negated;
    if (/^(?:resolves|rejects|eventually)$/.test(link.name)) state.needsAwait = true;
    if (link.name === 'rejects') state.via.push('rejects');
    const inner = INTO.test(link.name) ? link.args?.find((one) => !isLambda(one) && !isString(one)) : undefined;
    const nested = inner === undefined || link.name === 'be' || link.name === 'have' ? undefined : nestedMatcher(reader, inner);
    const facts = nested?.facts ?? (MODIFIERS.test(link.name) && (link.args === undefined || link.args.length === 0 || /^(?:as|describedAs|because|withMessage|extracting|that|using|with|given|each)$/.test(link.name)) ? undefined : matcherOf(link.name));
    const terminal = at === rest.length - 1;
    if (link.name === 'extracting' || (facts === undefined && !MODIFIERS.test(link.name) && !terminal)) state.via.push(link.name, ...(link.args ?? []).map((one) => words(reader.tree, one)));
    if (facts === undefined && !(terminal && found.length === 0)) continue;
    if (facts !== undefined && link.args === undefined && nested === undefined && !terminal && !/^(?:true|false|null|empty|ok|exist|undefined)$/.test(link.name)) continue;
    // The type of what was thrown is part of what the chain said already.
    if (facts?.demand === 'type' && found.some((one) => one.demand === 'throws')) continue;
    const taken: MatcherFacts = facts ?? { demand: 'state', negated: false, name: link.name.toLowerCase() };
    found.push({ ...claimFor(reader, { facts: { ...taken, negated: taken.negated !== state.negated }, subject, link: nested?.link ?? link, more: [...(nested?.more ?? []), ...rest.slice(at + 1)] }), needsAwait: state.needsAwait, via: [...state.via, ...(ASPECTS.test(taken.name) && !state.via.includes(taken.name) ? [taken.name] : [])].join(' ') });
    state.negated = false;
  }
  const swallowed = links.slice(root).some((one) => (one.name === 'catch' || one.name === 'rescue') && (one.args?.length ?? 0) > 0);
  return found.map((one) => (swallowed ? { ...one, swallowed } : one));
}

/** Matchers that look at one side of their subject only. */
const ASPECTS = /^(?:current(?:path|url)|title|url|httpstatus)$/;

/** `to(eq(5))`, `is(equalTo(5))`, `Is.EqualTo(5).Within(1)`, `be > 5`. */
function nestedMatcher(reader: Reader, node: SyntaxNode, depth = 0): { readonly facts: MatcherFacts; readonly link: Link; readonly more?: readonly Link[] } | undefined {
  const at = bare(node);
  const left = child(at, 'left');
  const operator = child(at, 'operator');
  const right = child(at, 'right');
  if (left !== undefined && operator !== undefined && right !== undefined && textOf(reader.tree, left) === 'be') return { facts: { demand: 'compare', negated: false, name: textOf(reader.tree, operator) }, link: { name: textOf(reader.tree, operator), args: [right], types: '', node: at } };
  const links = linksOf(reader.tree, at);
  let negated = false;
  const seen: { facts: MatcherFacts; link: Link }[] = [];
  for (const link of links) {
    if (/^(?:Not|not|is_not|No)$/.test(link.name)) negated = !negated;
    const inner = /^(?:is|not|is_not|Not|allOf|both|have)$/.test(link.name) && depth < 4 ? link.args?.[0] : undefined;
    const deeper = inner === undefined ? undefined : nestedMatcher(reader, inner, depth + 1);
    if (deeper !== undefined) seen.push({ ...deeper, facts: { ...deeper.facts, negated: deeper.facts.negated !== negated } });
    else if (link.name === 'is' && link.args?.length === 1) seen.push({ facts: { demand: 'equal', negated, name: 'is' }, link });
    else if (!/^(?:Is|Has|Does|Contains|Throws|and|or|All|is|Not|not)$/.test(link.name) || /^(?:Throws|Contains)$/.test(link.name)) {
      // Hamcrest's `contains(1, 2)` is the whole list.
      const whole = /^(?:java|kotlin)$/.test(reader.language.id) && /^(?:contains|arrayContaining)(?:InAnyOrder)?$/.test(link.name);
      const facts = matcherOf(whole ? 'containsExactly' : link.name);
      if (facts !== undefined) seen.push({ facts: { ...facts, negated: facts.negated !== negated }, link });
    }
  }
  const near = seen.find((one) => one.facts.demand === 'approximate');
  const first = seen[0];
  // `Throws.TypeOf<X>().With.Message…`, `Throws.ArgumentException`: what is thrown stands in the links that follow.
  if (first?.link.name === 'Throws') return { facts: first.facts, link: { ...first.link, args: links.flatMap((one) => one.args ?? []), types: links.map((one) => (one.types === '' && one.name.endsWith('Exception') ? `<${one.name}>` : one.types)).join('') } };
  if (near !== undefined && first !== undefined && near !== first) return { facts: { ...near.facts, negated: first.facts.negated }, link: { ...first.link, args: [...(first.link.args ?? []), ...(near.link.args ?? [])] } };
  // `have_received(:save).with('ann').once`: what the call was made with. What a stand-in answers is no demand.
  if (first !== undefined && /^(?:calls|called-with)$/.test(first.facts.demand)) return { ...first, more: links.slice(links.indexOf(first.link) + 1).filter((one) => !/^(?:and|then)_|^ordered$/.test(one.name)) };
  return first ?? (/^be_|^have_/.test(links[0]?.name ?? '') && links[0] !== undefined ? { facts: { demand: 'state', negated, name: links[0].name }, link: links[0] } : undefined);
}

/** `verify(mock).save(user)`: that a call was made, with these arguments. */
function verification(reader: Reader, links: readonly Link[], subject: SyntaxNode): readonly Recognised[] {
  const body = links.slice(0, 2).flatMap((one) => one.args ?? []).findLast(isLambda);
  if (body !== undefined && reader.language.id === 'kotlin' && (links[1]?.name ?? '') === '') return timesOf(reader, links[0]?.args ?? [], body);
  const called = links[1];
  return [{ demand: called?.args === undefined || called.args.length === 0 ? 'calls' : 'called-with', subject, expected: called === undefined ? '' : `${called.name} ${(called.args ?? []).map((one) => words(reader.tree, one)).join(' ')} ${(links[0]?.args ?? []).slice(1).map((one) => words(reader.tree, one)).join(' ')}` }];
}

/** MockK: `verify(exactly = 1) { store.save(any()) }`. No call at all is enough for `atLeast = 0`, and any number for an upper bound alone. */
function timesOf(reader: Reader, args: readonly SyntaxNode[], body: SyntaxNode): readonly Recognised[] {
  const count = args.filter((one) => !isLambda(one)).map((one) => words(reader.tree, one, reader.resolve)).join(' ');
  const open = /\batLeast = 0\b/.test(count) && !/\b(?:exactly|atMost)\b/.test(count);
  return [{ demand: open ? 'nothing' : /\b(?:exactly|inverse|timeout)\b/.test(count) ? 'called-with' : 'calls', subject: body, expected: count }];
}

function functional(reader: Reader, links: readonly Link[]): readonly Recognised[] | undefined {
  const last = links.at(-1);
  const root = links[0]?.name ?? '';
  if (last?.args === undefined) return undefined;
  const bareName = last.name.replace(/_$/, '').replace(/^_+/, '').replace(/^(?:debug|prop)_/, '');
  const named = ASSERT_NAMES.test(bareName) || /^(?:raises|warns|approx)$/.test(bareName) && root === 'pytest';
  const rooted = links.length > 1 && (ASSERT_ROOTS.test(root) || (reader.language.id === 'go' && ofSuite(links)) || (root === 't' && reader.language.id === 'javascript'));
  const infix = /^[sS]hould(?=[A-Z_])|^must_/.test(bareName) && links.length > 1 && root !== 'Should';
  if ((!named && !rooted && !infix) || /^(?:setUp|setup|mock|fn|spyOn|each|describe|it|run|before|after|plan|end|comment|log|teardown|timeout|slow|expectationsWere|extend|soft|Run|Parallel|Helper|skip|todo)$/i.test(bareName)) return undefined;
  if (rooted && !named && (root === 'test' || (root === 'sinon' && links[1]?.name !== 'assert'))) return undefined;
  if (infix) return shouldBe(reader, links, last);
  if (/^(?:fail|Fail|FailNow|pass|Pass|flunk)$/.test(bareName)) return /^(?:pass|Pass)$/.test(bareName) ? [{ demand: 'nothing', subject: last.node, expected: undefined }] : undefined;
  const args = dropped(reader, last.args.filter((one) => !isLambda(one) || last.args?.length === 1 || bareName === 'That' || /throw|raise|panic|fail|reject/i.test(bareName)), links);
  const [first, second] = args;
  if (/^(?:assert|expect|ok|assertTrue|assert_true|True|IsTrue|true|That|isTrue|check|should|verify|require|must|Assert)$/.test(bareName) && first !== undefined && (second === undefined || isString(bare(second)) || !/That/.test(bareName))) {
    if (/^(?:check|verify|should|require|must)$/.test(bareName) && reader.language.id !== 'kotlin') return undefined;
    return claimsOf(asReading(reader), first);
  }
  if (/^(?:assertFalse|assert_false|False|IsFalse|refute|false|isFalse|notOk|falsy|assertNot|assert_not)$/.test(bareName) && first !== undefined) return claimsOf(asReading(reader), first, true);
  if (/^(?:assert|refute)_predicate$/.test(bareName) && first !== undefined && second !== undefined) return [{ demand: 'state', subject: first, expected: `be_${words(reader.tree, second).replace(/[":?]/g, '')}${bareName.startsWith('refute') ? ' not' : ''}` }];
  if (bareName === 'assert_response' && first !== undefined) return [{ demand: 'equal', subject: child(last.node, 'method') ?? last.node, expected: words(reader.tree, first), via: 'httpstatus' }];
  if (bareName === 'assert_no_difference' || bareName === 'assert_difference') return [{ demand: 'equal', subject: last.node, expected: bareName }];
  const facts = bareName === 'That' && second !== undefined ? nestedMatcher(reader, second) : undefined;
  if (facts !== undefined && first !== undefined) return [claimFor(reader, { facts: facts.facts, subject: first, link: facts.link, more: [] })];
  const matcher = matcherOf(bareName);
  if (matcher === undefined) return named ? [{ demand: 'state', subject: first ?? last.node, expected: args.slice(1).map((one) => words(reader.tree, one)).join(' '), via: bareName }] : undefined;
  return [withArguments(reader, { matcher, args, last })];
}

/** testify's suites have the assertions as methods of their own: `s.Equal(3, got)`, `s.Require().NoError(err)`. Of `t` the same names fail a test. */
function ofSuite(links: readonly Link[]): boolean {
  const [first, second] = links;
  if (first?.args !== undefined || !/^(?!(?:t|tb|b|f)$)[a-z]\w{0,7}$/.test(first?.name ?? '') || (links.length !== 2 && !/^(?:Require|Assert)$/.test(second?.name ?? ''))) return false;
  return SUITE_NAMES.test(links.at(-1)?.name ?? '');
}

/** quicktest and gocheck: `c.Assert(got, qt.Equals, want)`. */
function checked(reader: Reader, links: readonly Link[]): readonly Recognised[] | undefined {
  const last = links.at(-1);
  const [subject, checker, ...args] = last?.args ?? [];
  if (reader.language.id !== 'go' || last === undefined || subject === undefined || checker === undefined || !/^(?:Assert|Check)$/.test(last.name)) return undefined;
  const named = linksOf(reader.tree, checker);
  const negated = named.at(-1)?.name === 'Not';
  const [inner] = negated ? named.at(-1)?.args ?? [] : [];
  const name = (inner === undefined ? named : linksOf(reader.tree, inner)).at(-1)?.name ?? '';
  if (name === 'ErrorMatches' || name === 'PanicMatches') return [{ demand: 'throws', subject, expected: args.map((one) => words(reader.tree, one, reader.resolve)).join(' '), typed: 'message' }];
  const facts = matcherOf(name);
  return facts === undefined ? undefined : [claimFor(reader, { facts: { ...facts, negated: facts.negated !== negated }, subject, link: { ...last, name, args }, more: [] })];
}

const SUITE_NAMES = /^(?:Equal|NotEqual|EqualValues|Exactly|NoError|Error|ErrorIs|ErrorAs|EqualError|ErrorContains|True|False|Nil|NotNil|Len|Contains|NotContains|Empty|NotEmpty|ElementsMatch|JSONEq|YAMLEq|Panics|NotPanics|InDelta|InEpsilon|Greater|GreaterOrEqual|Less|LessOrEqual|Zero|NotZero|Subset|Regexp|WithinDuration)f?$/;

const asReading = (reader: Reader): { readonly tree: SyntaxTree; readonly resolve: Resolve; readonly expectedFirst: boolean } => ({ tree: reader.tree, resolve: reader.resolve, expectedFirst: reader.language.expectedFirst });

/** Without Go's `t`, and without a text at the end that only explains. */
function dropped(reader: Reader, args: readonly SyntaxNode[], links: readonly Link[]): readonly SyntaxNode[] {
  const goes = reader.language.id === 'go' && links.length > 1 && args[0] !== undefined && /^(?:t|tb|b|s\.T\(\)|suite\.T\(\))$/.test(textOf(reader.tree, args[0]));
  if (goes) return args.slice(1);
  // JUnit 4 puts the explaining text first.
  const [first, second, third] = args;
  const explained = /^(?:java|kotlin)$/.test(reader.language.id) && first !== undefined && second !== undefined && isString(bare(first)) && (/^assert(?:True|False|Null|NotNull)$/.test(links.at(-1)?.name ?? '') || (third !== undefined && !isString(bare(third)) && /^assert/.test(links.at(-1)?.name ?? '')));
  return explained ? args.slice(1) : args;
}

/** Kotest, Shouldly and minitest's `x.must_equal 5`. */
function shouldBe(reader: Reader, links: readonly Link[], last: Link): readonly Recognised[] | undefined {
  const start = links.findIndex((one, at) => at > 0 && one.args !== undefined && /^[sS]hould(?=[A-Z_])|^must_/.test(one.name));
  const subject = links[start - 1]?.node ?? links.at(-2)?.node;
  if (subject === undefined) return undefined;
  // A chain asks several things: `names.ShouldHaveSingleItem().ShouldBe("ann")`.
  const asked = start < 0 ? [last] : links.slice(start).filter((one) => one === last || /^[sS]hould(?=[A-Z_])|^must_/.test(one.name));
  const found = asked.flatMap((link): readonly Recognised[] => {
    const facts = matcherOf(link.name);
    return facts === undefined ? [] : [claimFor(reader, { facts, subject, link, more: [] })];
  });
  return found.length === 0 ? undefined : found;
}

/** An assertion function: which argument is the subject follows from the demand. */
function withArguments(reader: Reader, { matcher, args, last }: { readonly matcher: MatcherFacts; readonly args: readonly SyntaxNode[]; readonly last: Link }): Recognised {
  const [first, second, third] = args;
  const { demand } = matcher;
  if (first === undefined) return { demand, subject: last.node, expected: undefined, typed: last.types };
  const plain = second === undefined || (isString(bare(second)) && /^(?:null|nil|none|undefined|noerror|errorisnil|empty|success|zero|nan|defined|exist|present|truthy|ok|notempty)/.test(matcher.name));
  if (demand === 'equal' && plain) return claimFor(reader, { facts: matcher, subject: first, link: { ...last, args: [] }, more: [] });
  if (demand === 'equal' && second !== undefined) {
    if (matcher.negated) return equality(asReading(reader), { left: first, right: second, holds: false });
    const distance = distanceIn(reader, args.slice(2)) ?? (third !== undefined && !isString(bare(third)) ? distanceArgument(reader, third) : undefined);
    const claim = equality(asReading(reader), { left: first, right: second, holds: true });
    return distance === undefined ? claim : { ...claim, demand: 'approximate', tolerance: distance };
  }
  if (demand === 'approximate' && second !== undefined) {
    const claim = equality(asReading(reader), { left: first, right: second, holds: true });
    const distance = distanceIn(reader, args.slice(2)) ?? (third === undefined ? undefined : numberOf(reader.tree, third, reader.resolve));
    const places = /almostequal/.test(matcher.name) && distance !== undefined && distance >= 1;
    return { ...claim, demand: 'approximate', tolerance: distance === undefined ? (/almostequal|isclose|allclose/.test(matcher.name) ? 1e-6 : undefined) : places ? 0.5 * 10 ** -distance : distance };
  }
  if (demand === 'partial' && second !== undefined) {
    const haystackFirst = /^(?:contains?$|subset|match|includes?|startswith|endswith|arrayhaskey)/.test(matcher.name) && (reader.language.id === 'go' || reader.language.id === 'javascript') || (/^(?:contains?|includes?)$/.test(matcher.name) && /^(?:kotlin|ruby)$/.test(reader.language.id)) || (reader.language.id === 'python' && /regex/.test(matcher.name));
    const [subject, expected] = haystackFirst ? [first, second] : [second, first];
    return { demand: matcher.negated ? 'unequal' : 'partial', subject, expected };
  }
  if (demand === 'throws' || demand === 'no-throw') {
    // Python's `assertRaises(X, call, arguments…)`: only the first, and a pattern, say what is thrown.
    const said = reader.language.id === 'python' ? args.filter((one, at) => at === 0 || one.type === 'keyword_argument' || (at === 1 && /regex|match/.test(matcher.name))) : args;
    const called = said.length < args.length ? args[1] : undefined;
    return claimFor(reader, { facts: matcher, subject: args.find((one) => isLambda(one)) ?? called ?? guarded(last.node), link: { ...last, args: said.filter((one) => !isLambda(one)) }, more: [] });
  }
  if (demand === 'compare' && second !== undefined) {
    const subjectFirst = !/^(?:php|csharp)$/.test(reader.language.id) || numberOf(reader.tree, second, reader.resolve) !== undefined;
    const [subject, expected] = subjectFirst ? [first, second] : [second, first];
    return claimFor(reader, { facts: matcher, subject, link: { ...last, args: [expected] }, more: [] });
  }
  if (demand === 'type' && second !== undefined) return { demand: matcher.negated ? 'unequal' : 'type', subject: reader.language.id === 'python' || reader.language.id === 'javascript' ? first : second, expected: reader.language.id === 'python' || reader.language.id === 'javascript' ? second : first };
  return claimFor(reader, { facts: matcher, subject: first, link: { ...last, args: args.slice(1) }, more: [] });
}

/** What must throw, when it stands beside the call: the body of a `with`, else only the name of the assertion. */
function guarded(call: SyntaxNode): SyntaxNode {
  for (let above = call.parent, depth = 0; above !== undefined && depth < 4; above = above.parent, depth += 1) {
    if (above.type === 'with_statement') return child(above, 'body') ?? call;
  }
  return child(call, 'name') ?? child(call, 'function') ?? call;
}

/** The third argument of an equality: a distance in most languages, a number of digits in C#. */
function distanceArgument(reader: Reader, third: SyntaxNode): number | undefined {
  const number = numberOf(reader.tree, third, reader.resolve);
  if (number === undefined) return undefined;
  return reader.language.id === 'csharp' && isNumber(bare(third)) && /^\d+$/.test(textOf(reader.tree, third)) ? 0.5 * 10 ** -number : number;
}

const BROAD = /^(?:\\?(?:System\.)?(?:java\.lang\.)?)?(?:Exception|BaseException|Error|Throwable|StandardError|RuntimeException|object)$/;

interface Asked { readonly facts: MatcherFacts; readonly subject: SyntaxNode; readonly link: Link; readonly more: readonly Link[] }

/** The claim of a matcher with its arguments. */
function claimFor(reader: Reader, { facts, subject, link, more }: Asked): Recognised {
  const { demand, negated } = facts;
  const args = (link.args ?? []).filter((one) => !isLambda(one) || demand === 'state');
  const expected = args[0];
  const said = args.map((one) => words(reader.tree, one, reader.resolve)).join(' ');
  if (demand === 'throws') return negated ? { demand: 'no-throw', subject, expected: undefined } : thrown(reader, { args, link, subject, more });
  if (demand === 'no-throw') return { demand: negated ? 'throws' : 'no-throw', subject, expected: undefined };
  if (demand === 'equal') return equalClaim(reader, { facts, subject, link, more }, args);
  if (demand === 'true' || demand === 'false') {
    const claims = claimsOf(asReading(reader), subject, (demand === 'true') === negated);
    const [only] = claims;
    return claims.length === 1 && only !== undefined ? { ...only, exact: true } : { demand: 'equal', subject, expected: String((demand === 'true') !== negated) };
  }
  if (demand === 'truthy' || demand === 'present') {
    if (negated && demand === 'present') return { demand: 'equal', subject, expected: 'null' };
    return /fals/.test(facts.name) !== negated ? { demand: 'truthy', subject, expected: 'not' } : truthy(reader, demand, subject);
  }
  if (demand === 'compare') {
    const value = expected === undefined ? undefined : numberOf(reader.tree, expected, reader.resolve);
    const up = /^(?:greater|above|gt|ge|atleast|positive|after|more|isafter|>)/.test(facts.name) !== negated;
    return { demand, subject, expected: said, bound: value === undefined || /between|range/.test(facts.name) ? undefined : { direction: up ? 'up' : 'down', value } };
  }
  if (demand === 'approximate') return { demand, subject, expected: expected ?? said, tolerance: nearness(reader, facts, args, more) };
  if (demand === 'called-with') return { demand: negated ? 'unequal' : demand, subject, expected: `${said} ${more.map((one) => (one.args ?? []).map((arg) => words(reader.tree, arg, reader.resolve)).join(' ')).join(' ')}`.trim() };
  if (demand === 'calls') {
    const detailed = [said, ...more.flatMap((one) => [one.name, ...(one.args ?? []).map((arg) => words(reader.tree, arg, reader.resolve))])].filter((one) => one !== '').join(' ');
    const times = /once|twice|thrice/.exec(facts.name)?.[0];
    return negated ? { demand: 'called-with', subject, expected: `never ${detailed}` } : { demand: detailed === '' && times === undefined ? 'calls' : 'called-with', subject, expected: times === undefined ? detailed : TIMES[times] ?? '' };
  }
  if (negated && (demand === 'partial' || demand === 'type')) return { demand: 'unequal', subject, expected: said };
  return { demand, subject, expected: demand === 'state' ? `${facts.name} ${negated ? 'not' : ''} ${said}`.trim() : expected === undefined ? said : args.length === 1 ? expected : said };
}

const TIMES: Readonly<Record<string, string>> = { once: '1', twice: '2', thrice: '3' };

/** `toBeTruthy()` on a comparison says what the comparison says. */
function truthy(reader: Reader, demand: Demand, subject: SyntaxNode): Recognised {
  if (demand === 'present') return { demand, subject, expected: undefined };
  const claims = claimsOf(asReading(reader), subject);
  const [only] = claims;
  return claims.length === 1 && only !== undefined && only.demand !== 'true' ? only : { demand, subject, expected: undefined };
}

function equalClaim(reader: Reader, { facts, subject, more }: Asked, args: readonly SyntaxNode[]): Recognised {
  const [expected] = args;
  const fixed = /^(?:null|nil|none|undefined|noerror|noerr|errorisnil|nan|true|false|zero|empty|success|succeed|allequal)/.exec(facts.name)?.[0];
  if (expected === undefined || fixed !== undefined) {
    const value = fixed === undefined ? facts.name : /^(?:null|nil|none|undefined|noerr|noerror|errorisnil)$/.test(fixed) ? 'null' : fixed;
    return facts.negated ? { demand: 'present', subject, expected: undefined } : { demand: 'equal', subject, expected: value };
  }
  // `containsExactly(1, 2)`, `have_attributes(name: 'x', age: 3)`: every argument is expected.
  if (args.length > 1 && !facts.negated && (/^contain/.test(facts.name) || args.every((one) => one.type === 'pair'))) return { demand: 'equal', subject, expected: args.map((one) => words(reader.tree, one, reader.resolve)).join(' ') };
  const sized = /^(?:length|len|size|count|lengthof|sizeof|hassize)/.test(facts.name);
  const distance = distanceIn(reader, args) ?? more.map((one) => (/^(?:within|of|Within|plusOrMinus|by)$/.test(one.name) && one.args?.[0] !== undefined ? numberOf(reader.tree, one.args[0], reader.resolve) : undefined)).find((one) => one !== undefined);
  if (sized) return facts.negated ? { demand: 'unequal', subject, expected } : { demand: 'equal', subject, expected, via: 'length' };
  const claim = equality({ ...asReading(reader), expectedFirst: false }, { left: subject, right: expected, holds: !facts.negated });
  // The matcher says which side is which: a literal subject is not what is expected.
  const kept: Recognised = claim.subject === bare(expected) && claim.demand === 'equal' ? { ...claim, subject: bare(subject), expected: bare(expected) } : claim;
  return distance === undefined ? kept : { ...kept, demand: 'approximate', tolerance: distance };
}

function thrown(reader: Reader, { args, link, subject, more }: { readonly args: readonly SyntaxNode[]; readonly link: Link; readonly subject: SyntaxNode; readonly more: readonly Link[] }): Recognised {
  const later = more.flatMap((one) => one.args ?? []).filter((one) => !isLambda(one));
  const all = [...args, ...later].map((one) => words(reader.tree, one, reader.resolve)).filter((one) => one !== '');
  const generic = link.types.replace(/[<>\s:]/g, '');
  const types = [generic, ...all].filter((one) => one !== '').map((one) => one.replace(/\s*\bclass\b/g, '').replace(/::|\bclass\b/g, '').trim());
  // C# gives a pattern with stars where others give a part.
  if (reader.language.id === 'csharp') types.forEach((one, at) => { types[at] = one.replace(/^"\*(.*)\*"$/, '"$1"'); });
  const specific = types.filter((one) => !BROAD.test(one.replace(/\s/g, '')));
  return { demand: 'throws', subject, expected: specific.join(' '), typed: specific.length === 0 ? '' : specific.some((one) => one.includes('"')) && specific.length > 1 ? 'message' : 'type' };
}

function nearness(reader: Reader, facts: MatcherFacts, args: readonly SyntaxNode[], more: readonly Link[]): number | undefined {
  const named = distanceIn(reader, args);
  if (named !== undefined) return named;
  const second = args[1] === undefined ? undefined : numberOf(reader.tree, args[1], reader.resolve);
  if (facts.name === 'closeto' && reader.language.id === 'javascript') {
    // jest counts digits, chai gives the distance: a whole number from 0 to 20 without chai's words is taken for digits.
    return second === undefined ? 0.005 : Number.isInteger(second) && second <= 20 ? 0.5 * 10 ** -second : second;
  }
  if (second !== undefined) return second;
  const first = args[0] === undefined ? undefined : numberOf(reader.tree, args[0], reader.resolve);
  return /^within/.test(facts.name) || more.some((one) => one.name === 'of') ? first : undefined;
}
