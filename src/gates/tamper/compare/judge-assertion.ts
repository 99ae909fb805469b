import type { Assertion } from '../assertion/assertion.js';
import type { TamperRule } from '../findings.js';

export interface Judgement { readonly rule: TamperRule; readonly words: string }

/** How alike two texts of words are: shared words over all words. */
export function overlap(one: string, two: string): number {
  const [left, right] = [new Set(one.split(' ')), new Set(two.split(' '))];
  let shared = 0;
  for (const word of left) if (right.has(word)) shared += 1;
  return shared / Math.max(1, left.size + right.size - shared);
}

/** How well a later assertion stands for an earlier one: 0 = not at all. */
export function fitness(base: Assertion, later: Assertion): number {
  if (base.subject === later.subject) return base.demand === later.demand ? 4 : 3.5;
  const near = overlap(base.subject, later.subject);
  if (base.expected === later.expected && base.demand === later.demand) return base.literals.length > 0 || base.expected.includes('"') ? 3 : near >= 0.3 ? 2.5 : base.demand === 'throws' || base.demand === 'no-throw' ? 2 : 1;
  if (base.expected !== '' && base.expected === later.expected) return 2 + near;
  if (headOf(base.subject) === headOf(later.subject) && near >= 0.4) return 1.5 + near / 2;
  return near >= 0.6 ? 1 + near / 2 : later.demand === 'nothing' && base.demand !== 'nothing' ? 0.5 : 0;
}

const headOf = (words: string): string => words.split(' ')[0] ?? '';
const SAME_TRUTH = (one: Assertion): boolean => one.demand === 'true' || one.demand === 'false' || (one.demand === 'equal' && /^(?:true|false)$/.test(one.expected));

/** There had to be something (an error, a row), and now there must be nothing. */
export const isContrary = (base: Assertion, later: Assertion): boolean => base.demand === 'present' && later.demand === 'equal' && later.expected === 'null' && base.subject === later.subject;

/** Nothing in it: by name, by its length, or compared with an empty one. */
const isEmptiness = ({ demand, expected, shown }: Assertion): boolean => demand === 'equal' && (/^(?:empty|\[\]|\{\}|"")$/.test(expected) || (expected === '0' && /len|size|count/i.test(shown)));

const NEVER = /\b(?:never|Never|not)\b/;
/** A call that a stand-in saw, without how often. */
const callOf = (expected: string): string => expected.replace(/\b(?:never|Never|not|once|x\d+)\b/g, '').replace(/\s+/g, ' ').trim();

const plainState = (word: string): string => word.toLowerCase().replace(/^:/, '').replace(/^(?:be_an?_|be_|is_|have_|has_)/, '').replace(/\?$/, '');

/** What became of an assertion; undefined when nothing was lost. */
export function judgeAssertion(base: Assertion, later: Assertion): Judgement | undefined {
  if (later.demand === 'nothing' && base.demand !== 'nothing') return { rule: 'vacuous-assertion', words: 'an assertion now holds whatever the code does' };
  if (isContrary(base, later)) return { rule: 'changed-expectation', words: 'the contrary is expected now' };
  if (base.demand === 'called-with' && later.demand === 'called-with' && NEVER.test(base.expected) !== NEVER.test(later.expected) && callOf(base.expected) === callOf(later.expected)) return { rule: 'changed-expectation', words: 'the contrary is expected now' };
  if (SAME_TRUTH(base) && SAME_TRUTH(later) && base.expected === later.expected) return undefined;
  if (base.demand === later.demand && base.subject === later.subject && base.expected === later.expected && base.tolerance === undefined && base.bound === undefined && base.strictness === later.strictness) return undefined;
  if (isEmptiness(base) && isEmptiness(later) && base.subject === later.subject) return undefined;
  // `expect(x).to be_frozen` and `assert x.frozen?` say the same.
  if (base.demand === 'state' && SAME_TRUTH(later) && !/\bnot\b/.test(base.expected) && later.expected !== 'false' && later.subject.split(' ').some((word) => plainState(word) !== '' && plainState(word) === plainState(base.expected))) return undefined;
  // `try { …; fail() } catch (e) { e.message == x }` became an assertion that throws with that text.
  if (later.demand === 'throws' && later.strictness >= 90 && base.literals.length > 0 && base.literals.every((one) => later.literals.includes(one))) return undefined;
  const looser = looserBy(base, later);
  if (looser !== undefined) return { rule: 'weakened-assertion', words: looser };
  if (base.strictness - later.strictness > 4) return { rule: 'weakened-assertion', words: `an assertion demands less: ${base.demand} became ${later.demand === base.demand ? 'less exact' : later.demand}` };
  if (later.strictness - base.strictness > 4 || base.expected === later.expected) return undefined;
  if (base.demand === 'present' || base.demand === 'truthy') return undefined;
  return changed(base, later);
}

function looserBy(base: Assertion, later: Assertion): string | undefined {
  if (base.tolerance !== undefined && later.tolerance !== undefined && later.tolerance > base.tolerance * 1.0001) return `the allowed distance grew from ${base.tolerance} to ${later.tolerance}`;
  if (base.bound !== undefined && later.bound !== undefined && base.bound.direction === later.bound.direction && base.bound.value !== later.bound.value) {
    const loose = base.bound.direction === 'up' ? later.bound.value < base.bound.value : later.bound.value > base.bound.value;
    return loose ? `a bound moved from ${base.bound.value} to ${later.bound.value}` : undefined;
  }
  const patterns = base.demand === 'partial' || base.demand === 'throws';
  if (patterns && base.demand === later.demand && later.strictness <= base.strictness && narrower(later.expected, base.expected)) return 'a pattern or part that must be found became shorter';
  return undefined;
}

/** Text that says less: contained in the earlier one, or with far fewer plain characters in it. */
function narrower(later: string, base: string): boolean {
  if (later === base) return false;
  const [short, long] = [later, base].map((text) => text.replace(/\\[dwsbDWSB]|[.^$*+?()[\]{}|\\/"'\s]/g, ''));
  if (short === undefined || long === undefined) return false;
  const anchors = (text: string): number => (text.match(/\^|\$(?=["/\s]|$)/g) ?? []).length;
  if (short === long) return anchors(later) < anchors(base) || (later.match(/\.\*|\.\+|\?/g) ?? []).length > (base.match(/\.\*|\.\+|\?/g) ?? []).length;
  return (long.includes(short) && short.length < long.length) || short.length < long.length * 0.5;
}

function changed(base: Assertion, later: Assertion): Judgement | undefined {
  if (later.bound !== undefined && base.bound !== undefined) return undefined;
  const kept = base.literals.length > 0 && base.literals.every((one) => later.literals.includes(one));
  if (kept || spelledOut(base, later)) return undefined;
  // A name for the value: where it comes from is not known here, and giving a value a name is ordinary work.
  if (base.literals.length > 0 && later.literals.length === 0 && /^[\w.\s]{1,80}$/.test(later.expected) && later.expected.split(' ').length <= 3 && !/^(?:null|true|false|undefined)$/.test(later.expected) && overlap(later.expected, later.subject) === 0) return undefined;
  if (base.literals.length > 0 && later.literals.length === 0 && overlap(later.expected, later.subject) >= 0.4) return { rule: 'vacuous-assertion', words: 'the expected value is now computed by the code under test' };
  if (base.subject !== later.subject && base.literals.length === 0 && later.literals.length === 0) return undefined;
  if (base.demand === 'throws' || otherConstant(base.expected, later.expected)) return { rule: 'changed-expectation', words: 'an expected value was changed' };
  // Renamed types, constants and variables: words changed, no literal did.
  if (base.literals.length === 0 && later.literals.length === 0 && !/^(?:null|true|false|undefined|empty)$/.test(base.expected) && !/^(?:null|true|false|undefined|empty)$/.test(later.expected)) return undefined;
  return { rule: 'changed-expectation', words: 'an expected value was changed' };
}

/** A text of JSON became a value with the same keys and values. */
function spelledOut(base: Assertion, later: Assertion): boolean {
  const [only] = base.literals;
  if (base.literals.length !== 1 || only === undefined || !/^"[[{]/.test(only)) return false;
  try {
    const text: unknown = JSON.parse(only);
    const value: unknown = JSON.parse(typeof text === 'string' ? text : '');
    const said = new Set(later.expected.replace(/["']/g, '').split(/\s+/));
    const parts = JSON.stringify(value).match(/[\w.-]+/g) ?? [];
    return parts.length > 0 && parts.every((part) => said.has(part));
  } catch {
    return false;
  }
}

/** `Status.ACTIVE` became `Status.CLOSED`: the same owner, another constant. */
function otherConstant(one: string, two: string): boolean {
  const [left, right] = [one.split(' '), two.split(' ')];
  const [last, other] = [left.at(-1) ?? '', right.at(-1) ?? ''];
  return left.length > 1 && left.length === right.length && left[0] === right[0] && last !== other && /^[A-Z]/.test(last) && /^[A-Z]/.test(other);
}
